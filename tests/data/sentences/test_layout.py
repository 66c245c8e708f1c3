import json

from recurra.data.sentences.layout import Layout


def test_columns_are_named_as_a_person_would():
    assert Layout("columns", "2", {"label": "-1"}).title("2") == "column 2"
    assert Layout("conllu", "form").title("misc.name") == "field misc.name"
    assert Layout("json", "words").title("words") == ""


def test_it_goes_through_json():
    layout = Layout("columns", "2", {"pos": "3", "chunk": "4"}, by_default=False)
    assert Layout(**json.loads(json.dumps(layout.to_json()))) == layout
