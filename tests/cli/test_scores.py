"""Scores as tables."""

from recurra.cli.scores import print_scores, print_side_by_side


def test_names_of_classes_stay_in_their_rows(capsys):
    classes = ["a\tb", "c\nd"]
    print_scores({"accuracy": 0.5, "examples": 1234, "confusion": [[1, 0], [0, 1]], "classes": classes})
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["accuracy  0.5000", "examples  1,234"]
    assert [line.split()[0] for line in lines[-2:]] == [r"a\tb", r"c\nd"]


def test_scores_of_columns_follow_one_another(capsys):
    types = {"X": {"precision": 1.0, "recall": 0.5, "f1": 2 / 3, "spans": 4}}
    print_scores({"sentences": 2, "pos": {"accuracy": 1.0}, "ner": {"f1": 0.5, "types": types}})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "sentences  2"
    assert lines[2:6] == ["pos", "", "accuracy  1.0000", ""]
    assert lines[-1].split() == ["X", "1.0000", "0.5000", "0.6667", "4"]


def test_what_was_not_measured_is_said(capsys):
    print_scores({"made": {"score": 0.5}, "held out": {}, "copying": None})
    assert capsys.readouterr().out.splitlines() == [
        "held out  not measured",
        "copying   not measured",
        "",
        "made",
        "",
        "score  0.5000",
    ]


def test_scores_of_two_ways_stand_side_by_side_and_tables_follow(capsys):
    ways = {way: {"f1": f1, "words": 1234, "ner": {"f1": f1}} for way, f1 in (("float32", 0.5), ("int8", 0.25))}
    print_side_by_side(ways)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["float32", "int8"],
        ["f1", "0.5000", "0.2500"],
        ["words", *["1,234"] * 2],
    ]
    assert lines[3:] == ["", "float32", "", "", "ner", "", "f1  0.5000", "", "int8", "", "", "ner", "", "f1  0.2500"]
