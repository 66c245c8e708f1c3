"""Hugging Face's client against a server that listens."""

import pytest
from huggingface_hub import InferenceClient
from huggingface_hub.errors import BadRequestError

from recurra import load
from recurra.kernels.batch_invariance import batch_invariant
from recurra.serve import ServeSettings, create_app
from recurra.serve.runs import Runs


@pytest.fixture(scope="session")
def runs(run, tagger_run, text_classifier_run, translator_run, tones_run):
    return {folder.name: folder for folder in (run, tagger_run, text_classifier_run, translator_run, tones_run)}


@pytest.fixture(scope="module")
def client_of(runs, listen):
    """A client of a run, by its name."""
    with listen(create_app(Runs(list(runs.values())), ServeSettings(sessions=""))) as address:
        yield lambda name: InferenceClient(model=f"{address}/models/{name}", token="none")


def alone(folder, inputs, **options):
    with batch_invariant():
        return load(folder).describe(inputs, **options)[0]


def test_texts_are_classified(client_of, runs):
    elements = client_of("topics").text_classification("rain fell")
    probabilities = alone(runs["topics"], ["rain fell"])["probabilities"]
    assert {element.label: element.score for element in elements} == probabilities
    assert elements[0].score >= elements[1].score
    assert len(client_of("topics").text_classification("rain fell", top_k=1, function_to_apply="softmax")) == 1


def test_words_are_labelled(client_of, runs):
    text = "Ann met Bob, late in New York."
    described = alone(runs["names"], [{"text": text}])
    elements = client_of("names").token_classification(text)
    assert [(each.entity_group, each.word, each.score) for each in elements] == [
        (span["type"], span["text"], span["probability"]) for span in described["spans"]
    ]
    assert elements
    assert all(text[each.start : each.end] == each.word for each in elements)
    words = client_of("names").token_classification(text, aggregation_strategy="none", ignore_labels=[])
    assert [(each.word, each.entity) for each in words] == list(
        zip(described["words"], described["labels"], strict=True)
    )


def test_texts_are_translated(client_of, runs):
    expected = alone(runs["german"], ["ein hund"])["translations"][0]["text"]
    assert client_of("german").translation("ein hund").translation_text == expected
    assert client_of("german").translation("ein hund", src_lang="de", tgt_lang="en").translation_text == expected
    wide = alone(runs["german"], ["ein hund"], beam_size=5)["translations"][0]["text"]
    asked = client_of("german").translation("ein hund", generate_parameters={"num_beams": 5})
    assert asked.translation_text == wide


def test_texts_are_written(client_of, runs):
    [expected] = alone(runs["fox"], ["the "], length=20, greedy=True)["texts"]
    client = client_of("fox")
    assert client.text_generation("the ", max_new_tokens=20) == expected
    assert client.text_generation("the ", max_new_tokens=20, return_full_text=True) == f"the {expected}"
    drawn = client.text_generation("the ", max_new_tokens=20, seed=3, temperature=0.8)
    assert [drawn] == alone(runs["fox"], ["the "], length=20, seed=3, temperature=0.8)["texts"]


def test_texts_are_written_with_details_and_in_pieces(client_of):
    client = client_of("fox")
    whole = client.text_generation("the ", max_new_tokens=20, details=True)
    assert "".join(token.text for token in whole.details.tokens) == whole.generated_text
    assert (whole.details.finish_reason, whole.details.generated_tokens) == ("length", 20)
    assert all(token.logprob <= 0 for token in whole.details.tokens)
    assert "".join(client.text_generation("the ", max_new_tokens=20, stream=True)) == whole.generated_text
    events = list(client.text_generation("the ", max_new_tokens=20, stream=True, details=True))
    assert [event.index for event in events] == list(range(1, 21))
    assert events[-1].generated_text == whole.generated_text
    assert events[-1].details.finish_reason == "length"
    stop = whole.generated_text[5:8]
    stopped = client.text_generation("the ", max_new_tokens=20, details=True, stop=[stop])
    assert stopped.details.finish_reason == "stop_sequence"


def test_sounds_are_classified(client_of, runs, tone):
    probabilities = alone(runs["tones"], str(tone))["probabilities"]
    for elements in (
        client_of("tones").audio_classification(str(tone)),
        client_of("tones").audio_classification(tone.read_bytes(), top_k=2),
    ):
        assert {element.label: element.score for element in elements} == probabilities


def test_what_is_not_honoured_is_refused_by_name(client_of):
    with pytest.raises(BadRequestError, match="watermark"):
        client_of("fox").text_generation("the ", watermark=True)
    with pytest.raises(BadRequestError, match="stride"):
        client_of("names").token_classification("Ann", stride=3)
    with pytest.raises(BadRequestError, match="truncation"):
        client_of("german").translation("ein hund", truncation="only_first")
    with pytest.raises(BadRequestError, match="src_lang"):
        client_of("german").translation("ein hund", src_lang="fr", tgt_lang="en")
