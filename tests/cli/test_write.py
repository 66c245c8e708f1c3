import io
import json

import pytest

from recurra import LanguageModel, Tagger
from recurra.cli import main, write

NOT_UTF8 = (
    "recurra: standard input:1: expected UTF-8 text, got byte 0xff at byte 4 of the line; "
    "it looks like latin-1 or Windows-1252: iconv -f WINDOWS-1252 -t UTF-8 FILE > TEXT\n"
)


def test_a_text_begins_with_its_prompt_and_goes_on_as_the_model_writes(run, lm, output_of):
    expected = "the " + lm.generate("the ", 30, seed=3, temperature=0.7, top_k=5, top_p=0.9)
    flags = ("--length=30", "--seed=3", "--temperature=0.7", "--top-k=5", "--top-p=0.9")
    assert output_of("write", run, "--prompt", "the ", *flags) == expected + "\n"


def test_a_text_needs_no_prompt(run, output_of):
    assert len(output_of("write", run, "--seed=1")) == 400 + 1
    assert output_of("write", run, "--length=0") == "\n"


def test_a_seed_repeats_and_no_seed_varies(run, output_of):
    first = output_of("write", run, "--seed=1", "--length=60")
    assert output_of("write", run, "--seed=1", "--length=60") == first
    assert output_of("write", run, "--seed=2", "--length=60") != first
    assert output_of("write", run, "--length=60") != output_of("write", run, "--length=60")


@pytest.mark.parametrize("precision", ["int8", "bf16"])
def test_a_text_is_written_in_reduced_precision(precision, run, output_of):
    flags = ("--prompt=the ", "--seed=1", "--length=60", f"--precision={precision}")
    expected = LanguageModel.load(run).reduce_precision(precision).generate("the ", 60, seed=1)
    assert output_of("write", run, *flags) == f"the {expected}\n"


def test_a_network_that_cannot_write_so_is_refused(text, tmp_path, capsys):
    settings = {"hidden_size": 4, "epochs": 1, "batch_size": 2, "sequence_length": 10, "threads": 1}
    LanguageModel(**settings, layer_norm=True).fit(text, out=tmp_path / "run", progress=False)
    assert main(["write", str(tmp_path / "run"), "--precision", "int8"]) == 2
    message = "precision: expected float32 for this language-model: recurrent.0 has layer norm, zoneout, a projection"
    assert message in capsys.readouterr().err


def test_a_stop_string_ends_the_text(run, output_of):
    free = output_of("write", run, "--seed=1", "--length=100").rstrip("\n")
    stop = free[30:32]
    stopped = output_of("write", run, "--seed=1", "--length=100", "--stop", stop)
    assert stopped == free[: free.index(stop)] + "\n"


def test_several_samples_are_told_apart(run, lm, output_of):
    one, two = lm.generate("the", 20, samples=2, seed=1)
    out = output_of("write", run, "--prompt=the", "--length=20", "--samples=2", "--seed=1")
    assert out == f"--- 1\nthe{one}\n\n--- 2\nthe{two}\n"


def test_json_gives_one_object_a_text(run, lm, output_of):
    texts = lm.generate("the", 20, samples=3, seed=1)
    out = output_of("write", run, "--prompt=the", "--length=20", "--samples=3", "--seed=1", "--json")
    assert [json.loads(line) for line in out.splitlines()] == [{"prompt": "the", "text": text} for text in texts]
    (line,) = output_of("write", run, "--prompt=the", "--length=20", "--seed=1", "--json").splitlines()
    assert json.loads(line) == {"prompt": "the", "text": lm.generate("the", 20, seed=1)}


def test_a_prompt_is_read_from_standard_input_as_it_stands(run, standard_input, output_of):
    standard_input(b"the fox\r\n")
    out = output_of("write", run, "--prompt", "-", "--length=5", "--json")
    assert json.loads(out)["prompt"] == "the fox\r\n"


def test_a_prompt_and_a_stop_may_begin_with_a_hyphen(run, output_of):
    out = output_of("write", run, "--prompt", "- and", "--length=5", "--stop", "-q", "--json")
    assert json.loads(out)["prompt"] == "- and"


def test_pieces_are_shown_as_they_are_made(run, monkeypatch):
    pipe, seen = io.BytesIO(), []

    def stream(*_, **__):
        for piece in "abc":
            yield [piece]
            seen.append(pipe.getvalue().decode())

    monkeypatch.setattr(LanguageModel, "stream", stream)
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(pipe))  # which buffers
    assert main(["write", str(run), "--prompt", "> "]) == 0
    assert seen == ["> a", "> ab", "> abc"]


def test_a_stop_string_may_have_escapes(run, output_of):
    free = output_of("write", run, "--seed=1", "--length=300").rstrip("\n")
    stopped = output_of("write", run, "--seed=1", "--length=300", "--stop", r"\r\n")
    assert stopped == free[: (free + "\r\n").index("\r\n")] + "\n"
    assert write._unescaped(r"a\n\t\\n\q") == "a\n\t\\n\\q"


def test_greedy_writing_is_always_the_same(run, lm, output_of):
    first = output_of("write", run, "--prompt=the", "--length=40", "--greedy")
    assert output_of("write", run, "--prompt=the", "--length=40", "--greedy", "--temperature=9") == first
    assert first == "the" + lm.generate("the", 40, greedy=True) + "\n"


@pytest.mark.parametrize(("option", "argument", "byte"), [("prompt", "a\udcff", "ff"), ("stop", "\udc80", "80")])
def test_an_argument_that_is_not_utf8_is_named(run, capsys, option, argument, byte):
    assert main(["write", str(run), f"--{option}", argument]) == 2
    got = f"got half of a surrogate pair: '\\udc{byte}', as Python reads byte 0x{byte}"
    assert capsys.readouterr() == ("", f"recurra: {option}: expected Unicode characters, {got}\n")


def test_unknown_words_of_a_prompt_are_counted(text, tiny, tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["train", "language-model", str(text), "--out", str(out), *tiny, "--tokenizer=word"]) == 0
    capsys.readouterr()
    assert main(["write", str(out), "--prompt", "the old fox eats", "--length=3", "--seed=1"]) == 0
    written, err = capsys.readouterr()
    assert err == "prompt: 2 words are unknown to the model: 'old' 'eats'\n"
    assert written.startswith("the old fox eats ")  # the words of the text are not glued to those of the prompt


def test_a_prompt_that_is_wrong_is_not_repeated(run, standard_input, capsys):
    assert main(["write", str(run), "--prompt", "Qué"]) == 2
    assert capsys.readouterr() == ("", "recurra: prompt: expected characters that the model knows, got 'Q' 'é'\n")
    standard_input(b"the\xff")
    assert main(["write", str(run), "--prompt", "-"]) == 2
    assert capsys.readouterr() == ("", NOT_UTF8)


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--temperature=0", 'Invalid value "0.0" for --temperature. Must be > 0.'),
        ("--temperature=nan", "--temperature"),
        ("--top-k=-1", 'Invalid value "-1" for --top-k. Must be >= 0.'),
        ("--top-p=0", 'Invalid value "0.0" for --top-p. Must be > 0.'),
        ("--top-p=1.5", 'Invalid value "1.5" for --top-p. Must be <= 1.'),
        ("--length=-1", 'Invalid value "-1" for --length. Must be >= 0.'),
        ("--samples=0", 'Invalid value "0" for --samples. Must be >= 1.'),
    ],
)
def test_a_flag_out_of_range_is_wrong_usage(flag, message, run, unboxed):
    assert main(["write", str(run), flag]) == 2
    assert message in unboxed()


def test_only_a_language_model_writes(tmp_path, capsys):
    Tagger(epochs=1, hidden_size=4).fit([["a"]] * 4, [["X"]] * 4, out=tmp_path, progress=False)
    assert main(["write", str(tmp_path)]) == 2
    expected = f"recurra: {tmp_path / 'config.json'}: expected a run of language-model, got one of tagger\n"
    assert capsys.readouterr().err == expected
