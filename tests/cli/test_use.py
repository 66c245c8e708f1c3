import io
import json

import pytest

import recurra
from recurra import LanguageModel, Tagger
from recurra.cli import main, use

NOT_UTF8 = (
    "recurra: standard input:1: expected UTF-8 text, got byte 0xff at byte 4 of the line; "
    "it looks like latin-1 or Windows-1252: iconv -f WINDOWS-1252 -t UTF-8 FILE > TEXT\n"
)


@pytest.fixture
def lm(run) -> LanguageModel:
    return recurra.load(run)


def _out(capsys, *arguments: object) -> str:
    """Standard output of a command that goes well and says nothing else."""
    capsys.readouterr()
    assert main([str(argument) for argument in arguments]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


# --- evaluate ---------------------------------------------------------------------------------------------------------


def test_scores_are_those_of_the_model(run, lm, text, capsys):
    scores = json.loads(_out(capsys, "evaluate", run, text, "--json"))
    assert scores == lm.evaluate(text)
    assert len(_out(capsys, "evaluate", run, text, "--json").splitlines()) == 1


def test_scores_are_shown_in_columns(run, lm, text, capsys):
    lines = _out(capsys, "evaluate", run, text).splitlines()
    scores = lm.evaluate(text)
    assert [line.split()[0] for line in lines] == list(scores)
    assert len({line.rindex("  ") for line in lines}) == 1
    shown = dict(line.split() for line in lines)
    assert shown["carried_nats_per_character"] == f"{scores['carried_nats_per_character']:.4f}"
    assert shown["tokens"] == "1,739"


@pytest.mark.parametrize("dash", [[], ["-"]], ids=str)
def test_standard_input_is_scored_where_no_data_is_named(dash, run, lm, text, standard_input, capsys):
    standard_input(text.read_bytes())
    assert json.loads(_out(capsys, "evaluate", run, *dash, "--json")) == lm.evaluate(text)


def test_standard_input_that_is_not_utf8_is_named_as_such(run, standard_input, capsys):
    standard_input(b"abc\xff\n")
    assert main(["evaluate", str(run)]) == 2
    assert capsys.readouterr() == ("", NOT_UTF8)


def test_an_empty_standard_input_is_too_short(run, standard_input, capsys):
    standard_input(b"")
    assert main(["evaluate", str(run)]) == 2
    assert capsys.readouterr() == ("", "recurra: standard input: expected a text of at least 2 symbols, got 0\n")


def test_what_is_piped_in_is_not_kept(run, standard_input, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    standard_input(b"the fox jumps")
    assert main(["evaluate", str(run)]) == 0
    assert list(tmp_path.rglob("*")) == []


def test_several_files_are_one_text_wherever_each_ends(run, text, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    content = text.read_bytes()
    for cut in (10, 57, 58):  # within a line, within its end, behind it
        (tmp_path / "a").write_bytes(content[:cut])
        (tmp_path / "b").write_bytes(content[cut:])
        several = _out(capsys, "evaluate", run, tmp_path / "a", tmp_path / "b", "--json")
        assert several == _out(capsys, "evaluate", run, text, "--json")
    assert main(["evaluate", str(run), str(text), "-"]) == 2
    assert capsys.readouterr().err == "recurra: -: expected standard input alone, got 2 files\n"


def test_a_part_of_a_named_data_set_can_be_scored(run, capsys, monkeypatch):
    seen = []
    monkeypatch.setattr(LanguageModel, "evaluate", lambda lm, data, part: seen.append((data, part)) or {"score": 1.0})
    assert _out(capsys, "evaluate", run, "python-docs", "--part", "train") == "score  1.0000\n"
    assert _out(capsys, "evaluate", run, "python-docs") == "score  1.0000\n"
    assert seen == [("python-docs", "train"), ("python-docs", None)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere", "text.txt"), "nowhere: expected a run folder, found no config.json there"),
        (("RUN", "nowhere.txt"), "nowhere.txt: expected a file, a folder or a named data set"),
        (("RUN", "--part=test", "TEXT"), "expected one of the parts train, got 'test'"),
    ],
)
def test_wrong_data_is_told_in_one_line(arguments, message, run, text, capsys):
    assert main(["evaluate", *({"RUN": str(run), "TEXT": str(text)}.get(a, a) for a in arguments)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert len(err.splitlines()) == 1


def test_a_run_with_a_broken_part_names_it(run, text, tmp_path, capsys):
    for file in ("config.json", "model.safetensors"):
        (tmp_path / file).write_bytes((run / file).read_bytes())
    (tmp_path / "tokenizer.json").write_text("{")
    assert main(["evaluate", str(tmp_path), str(text)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"recurra: {tmp_path / 'tokenizer.json'}: expected a tokenizer")


# --- write ------------------------------------------------------------------------------------------------------------


def test_a_text_begins_with_its_prompt_and_goes_on_as_the_model_writes(run, lm, capsys):
    expected = "the " + lm.generate("the ", 30, seed=3, temperature=0.7, top_k=5, top_p=0.9)
    flags = ("--length=30", "--seed=3", "--temperature=0.7", "--top-k=5", "--top-p=0.9")
    assert _out(capsys, "write", run, "--prompt", "the ", *flags) == expected + "\n"


def test_a_text_needs_no_prompt(run, capsys):
    assert len(_out(capsys, "write", run, "--seed=1")) == 400 + 1
    assert _out(capsys, "write", run, "--length=0") == "\n"


def test_a_seed_repeats_and_no_seed_varies(run, capsys):
    first = _out(capsys, "write", run, "--seed=1", "--length=60")
    assert _out(capsys, "write", run, "--seed=1", "--length=60") == first
    assert _out(capsys, "write", run, "--seed=2", "--length=60") != first
    assert _out(capsys, "write", run, "--length=60") != _out(capsys, "write", run, "--length=60")


def test_a_stop_string_ends_the_text(run, capsys):
    free = _out(capsys, "write", run, "--seed=1", "--length=100").rstrip("\n")
    stop = free[30:32]
    stopped = _out(capsys, "write", run, "--seed=1", "--length=100", "--stop", stop)
    assert stopped == free[: free.index(stop)] + "\n"


def test_several_samples_are_told_apart(run, lm, capsys):
    one, two = lm.generate("the", 20, samples=2, seed=1)
    out = _out(capsys, "write", run, "--prompt=the", "--length=20", "--samples=2", "--seed=1")
    assert out == f"--- 1\nthe{one}\n\n--- 2\nthe{two}\n"


def test_json_gives_one_object_a_text(run, lm, capsys):
    texts = lm.generate("the", 20, samples=3, seed=1)
    out = _out(capsys, "write", run, "--prompt=the", "--length=20", "--samples=3", "--seed=1", "--json")
    assert [json.loads(line) for line in out.splitlines()] == [{"prompt": "the", "text": text} for text in texts]
    (line,) = _out(capsys, "write", run, "--prompt=the", "--length=20", "--seed=1", "--json").splitlines()
    assert json.loads(line) == {"prompt": "the", "text": lm.generate("the", 20, seed=1)}


def test_a_prompt_is_read_from_standard_input_as_it_stands(run, standard_input, capsys):
    standard_input(b"the fox\r\n")
    out = _out(capsys, "write", run, "--prompt", "-", "--length=5", "--json")
    assert json.loads(out)["prompt"] == "the fox\r\n"


def test_a_prompt_and_a_stop_may_begin_with_a_hyphen(run, capsys):
    out = _out(capsys, "write", run, "--prompt", "- and", "--length=5", "--stop", "-q", "--json")
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


def test_a_stop_string_may_have_escapes(run, capsys):
    free = _out(capsys, "write", run, "--seed=1", "--length=300").rstrip("\n")
    stopped = _out(capsys, "write", run, "--seed=1", "--length=300", "--stop", r"\r\n")
    assert stopped == free[: (free + "\r\n").index("\r\n")] + "\n"
    assert use._unescaped(r"a\n\t\\n\q") == "a\n\t\\n\\q"


def test_greedy_writing_is_always_the_same(run, lm, capsys):
    first = _out(capsys, "write", run, "--prompt=the", "--length=40", "--greedy")
    assert _out(capsys, "write", run, "--prompt=the", "--length=40", "--greedy", "--temperature=9") == first
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
