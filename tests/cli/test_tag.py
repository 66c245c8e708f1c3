import json
import subprocess
import sys

import pytest

from recurra import SequenceClassifier, Tagger
from recurra.cli import main, tag
from recurra.data.sentences.sentence_stream import Unlabelled

SENTENCES = [["Ann", "Lee", "slept"], ["in", "Rome"], ["Bob", "Lee", "in", "Bonn"], ["Bob", "slept"]] * 8
LABELS = [["B-PER", "I-PER", "O"], ["O", "B-LOC"], ["B-PER", "I-PER", "O", "B-LOC"], ["B-PER", "O"]] * 8


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tag")
    settings = {"hidden_size": 12, "epochs": 25, "batch_size": 8, "threads": 1, "warmup_steps": 0}
    Tagger(**settings, learning_rate=0.02).fit(SENTENCES, LABELS, out=folder / "run", progress=False)
    return folder / "run"


def test_it_is_a_filter_on_standard_input(run):
    command = [sys.executable, "-m", "recurra", "tag", str(run), "--json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        for words, labels in zip(SENTENCES[:3], LABELS[:3], strict=True):  # each is answered before the next is known
            process.stdin.write(" ".join(words) + "\n")
            process.stdin.flush()
            record = json.loads(process.stdout.readline())
            assert (record["words"], record["labels"]) == (words, labels)
            assert len(record["probabilities"]) == len(words)
        assert [span["type"] for span in record["spans"]] == ["PER", "LOC"]
        process.stdin.close()
        assert process.wait() == 0


def test_a_text_gives_columns_in_order(run, tmp_path, capsys):
    file = tmp_path / "text.txt"
    file.write_text("Ann Lee slept\n\nin  Rome\n")
    assert main(["tag", str(run), str(file)]) == 0
    blocks = capsys.readouterr().out.split("\n\n")
    rows = [line.split("\t") for line in blocks[0].splitlines()]
    assert [row[:2] for row in rows] == [["Ann", "B-PER"], ["Lee", "I-PER"], ["slept", "O"]]
    assert rows[0][3] == "PER"
    assert rows[0][4] == rows[1][4]
    assert 0.5 < float(rows[0][4]) <= 1
    assert rows[2][3:] == ["-", "-"]
    assert [line.split("\t")[0] for line in blocks[1].split("\n")] == ["", "in", "Rome"]  # the empty line has no words


def test_marks_are_set_apart_unless_words_are_given(run, tmp_path, capsys):
    file = tmp_path / "text.txt"
    file.write_text('"Ann Lee", slept. Bob: in Rome!\n')
    assert main(["tag", str(run), str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["words"] == ['"', "Ann", "Lee", '"', ",", "slept", ".", "Bob", ":", "in", "Rome", "!"]
    assert [found["text"][start:end] for start, end in found["offsets"]] == found["words"]
    assert main(["tag", str(run), str(file), "--json", "--no-split"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["words"] == ['"Ann', 'Lee",', "slept.", "Bob:", "in", "Rome!"]
    assert "offsets" not in found


@pytest.mark.parametrize(("name", "flags"), [("given.txt", ["--columns"]), ("given.conll", [])])
def test_columns_keep_what_they_have(run, tmp_path, capsys, name, flags):
    file = tmp_path / name
    file.write_text("Ann NNP\nLee NNP\n\n\nin IN\nRome NNP")
    assert main(["tag", str(run), str(file), *flags]) == 0
    out = capsys.readouterr().out
    assert [line.split()[:3] for line in out.splitlines()] == [
        ["Ann", "NNP", "B-PER"],
        ["Lee", "NNP", "I-PER"],
        [],
        ["in", "IN", "O"],
        ["Rome", "NNP", "B-LOC"],
        [],
    ]


TREE = """# sent_id = 1
1-2\tAnnLee\t_\t_\t_\t_\t_\t_\t_\t_
1\tAnn\t_\t_\t_\t_\t_\t_\t_\t_
2\tLee\t_\t_\t_\t_\t_\t_\t_\t_

"""


@pytest.mark.parametrize(("name", "flags"), [("a.conllu", []), ("a.CONLLU", []), ("a.txt", ["--columns"])])
def test_conllu_is_read_by_its_words(run, tmp_path, capsys, name, flags):
    file = tmp_path / name
    file.write_text(TREE)
    assert main(["tag", str(run), str(file), *flags]) == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert rows[:2] == [line.split("\t") for line in TREE.splitlines()[:2]]
    assert [row[1:2] + row[10:11] for row in rows[2:4]] == [["Ann", "B-PER"], ["Lee", "I-PER"]]
    assert rows[4:] == [[""]]
    assert main(["tag", str(run), str(file), "--json", *flags]) == 0
    (found,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (found["words"], found["labels"]) == (["Ann", "Lee"], ["B-PER", "I-PER"])


def test_json_lines_keep_what_else_they_have(run, tmp_path, capsys):
    file = tmp_path / "a.jsonl"
    file.write_text(json.dumps({"id": 7, "words": ["in", "Rome"]}) + "\n")
    assert main(["tag", str(run), str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["id"], found["words"], found["labels"]) == (7, ["in", "Rome"], ["O", "B-LOC"])
    assert main(["tag", str(run), str(file)]) == 0
    assert [line.split("\t")[:2] for line in capsys.readouterr().out.splitlines()] == [
        ["in", "O"],
        ["Rome", "B-LOC"],
        [""],
    ]


@pytest.mark.parametrize(
    "text", ["Ann B-PER\nLee B_PER\n\n# id = 3\nin 0\nNew\u00a0York O\n", "Ann\nLee\n\nin\nNew\u00a0York\n"]
)
def test_conlleval_reads_what_is_printed(run, tmp_path, capsys, text):
    file = tmp_path / "test.conll"
    file.write_text(text)
    assert main(["tag", str(run), str(file), "--columns", "--conlleval"]) == 0
    rows = [line.split(" ") for line in capsys.readouterr().out.splitlines()]
    assert [row[0] for row in rows] == ["Ann", "Lee", "", "in", "New_York", ""]
    assert [row[-1] for row in rows[:4]] == ["B-PER", "I-PER", "", "O"]


def test_conlleval_is_given_right_labels_in_iob2(run, tmp_path, capsys):
    file = tmp_path / "test.tsv"
    file.write_text("Ann\tB_PER\nvan\tM_PER\nLee\tE_PER\n\nin\tO\nRome now\tS_LOC\n")
    assert main(["tag", str(run), str(file), "--columns", "--conlleval"]) == 0
    rows = [line.split(" ")[:2] for line in capsys.readouterr().out.splitlines()]
    assert rows == [
        ["Ann", "B-PER"],
        ["van", "I-PER"],
        ["Lee", "I-PER"],
        [""],
        ["in", "O"],
        ["Rome_now", "B-LOC"],
        [""],
    ]


def test_one_output_is_chosen(run, tmp_path, capsys):
    assert main(["tag", str(run), "--json", "--conlleval"]) == 2
    assert "tag: expected --json or --conlleval, got both" in capsys.readouterr().err


def test_other_ways_to_label_are_printed_as_json(run, tmp_path, capsys):
    (tmp_path / "one.txt").write_text("Ann Lee slept\n")
    command = ["tag", str(run), str(tmp_path / "one.txt"), "--n-best", "2", "--top-labels", "3"]
    assert main([*command, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    first, second = record["paths"]
    assert first["labels"] == record["labels"] != second["labels"]
    assert [len(of_word) for of_word in record["top_labels"]] == [3, 3, 3]
    assert main(command) == 2
    assert "expected --n-best and --top-labels with --json" in capsys.readouterr().err


def test_characters_are_words_where_asked_for(run, tmp_path, capsys):
    file = tmp_path / "text.txt"
    file.write_text("我 在\n")
    assert main(["tag", str(run), str(file), "--json", "--characters"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["words"], found["offsets"]) == (["我", "在"], [[0, 1], [2, 3]])


def test_files_are_answered_before_they_are_read_to_the_end(run, tmp_path, capsys):
    file = tmp_path / "long.conll"
    file.write_text("Ann\nLee\n\n" * 30_000 + "x")
    with file.open("ab") as end:
        end.write(b"\xff\n")  # what comes before is answered
    assert main(["tag", str(run), str(file), "--columns", "--conlleval"]) == 2
    printed = capsys.readouterr()
    assert printed.out.count("Ann B-PER\n") == 30_000
    assert "long.conll:90001: expected UTF-8 text, got byte 0xff" in printed.err


def test_few_are_answered_at_first():
    groups = [[Unlabelled(["w"] * 99) for _ in range(100)], [], [Unlabelled([])]]
    portions = list(tag._portions(groups))
    assert [one for portion in portions for one in portion] == [one for group in groups for one in group]
    assert [len(portion) for portion in portions[:3]] == [3, 6, 11]
    assert len(portions[-1]) == 1


def test_a_missing_file_is_told_before_any_is_read(run, tmp_path, capsys):
    file = tmp_path / "a.txt"
    file.write_text("Ann\n")
    assert main(["tag", str(run), str(file), str(tmp_path / "nothing.txt")]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "nothing.txt: expected a text file, found nothing there" in printed.err


def test_evaluate_prints_types_draws_confusion_and_lists_errors(run, tmp_path, capsys):
    file = tmp_path / "test.conll"
    file.write_text("Ann B-LOC\nLee I-LOC\n\nin O\nRome B-LOC\n")
    picture, errors = tmp_path / "confusion.html", tmp_path / "errors.jsonl"
    assert main(["evaluate", str(run), str(file), "--picture", str(picture), "--errors", str(errors)]) == 0
    out = capsys.readouterr().out
    assert "precision  0.5000" in out
    assert [line for line in out.splitlines() if line.startswith("LOC  ")]
    assert picture.stat().st_size > 1000
    (error,) = map(json.loads, errors.read_text().splitlines())
    assert (error["kind"], error["text"], error["gold"], error["predicted"]) == ("type", "Ann Lee", "LOC", "PER")
    assert error["sentence"] == f"{file}:1"


def test_sentences_are_labelled_once_for_scores_and_errors(run, tmp_path, monkeypatch, capsys):
    calls = []
    monkeypatch.setattr(Tagger, "_tag", lambda task, network, words: calls.append(1) or {"label": [["O", "O"]]})
    file = tmp_path / "test.conll"
    file.write_text("Ann B-LOC\nLee I-LOC\n")
    assert main(["evaluate", str(run), str(file), "--errors", str(tmp_path / "errors.jsonl")]) == 0
    assert len(calls) == 1
    assert json.loads((tmp_path / "errors.jsonl").read_text())["kind"] == "missed"


def test_train_reads_columns_and_tells_what_is_wrong(tmp_path, capsys):
    bad = tmp_path / "bad.conll"
    bad.write_text("He PRP B-NP\nreckons VBZ\n")
    assert main(["train", "tagger", str(bad), "--out", str(tmp_path / "bad")]) == 2
    assert "bad.conll:2: expected 3 columns, as in line 1, got 2" in capsys.readouterr().err
    assert not (tmp_path / "bad").exists()
    good = tmp_path / "good.conll"
    good.write_text("He PRP B-NP\nreckons VBZ B-VP\n\n" * 4)
    command = ["train", "tagger", str(good), "--out", str(tmp_path / "good"), "--columns", "pos=2,chunk=3"]
    assert main([*command, "--valid", str(good), "--epochs", "1", "--hidden-size", "4", "--threads", "1"]) == 0
    assert main(["evaluate", str(tmp_path / "good"), str(good)]) == 0
    assert [word for word in capsys.readouterr().out.split() if word in ("pos", "chunk")] == ["pos", "chunk"]


def test_a_run_of_another_job_is_refused(run, tmp_path, capsys):
    SequenceClassifier(epochs=1, hidden_size=4).fit(["a", "b"], [0, 1], out=tmp_path / "c")
    assert main(["tag", str(tmp_path / "c")]) == 2
    assert "expected a run of tagger, got one of classifier" in capsys.readouterr().err
    assert main(["evaluate", str(tmp_path / "c"), "x.tsv", "--errors", "e"]) == 2
    assert "expected a run of tagger, to list errors" in capsys.readouterr().err
    assert main(["predict", str(run)]) == 2
    assert "expected a run of a classifier or a regressor, got one of tagger" in capsys.readouterr().err


def test_words_are_labelled_in_reduced_precision(run, tmp_path, capsys):
    file, printed = tmp_path / "text.txt", []
    file.write_text("Ann Lee slept\n")
    for precision in ("float32", "int8"):
        assert main(["tag", str(run), str(file), "--json", "--precision", precision]) == 0
        printed.append(json.loads(capsys.readouterr().out))
    exact, reduced = printed
    assert reduced["labels"] == exact["labels"]
    assert reduced["probabilities"] != exact["probabilities"]
