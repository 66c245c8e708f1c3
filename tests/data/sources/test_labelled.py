import pytest

from recurra import DataError
from recurra.data.sources import labelled, tagged, texts, translations


def test_what_is_to_be_answered_needs_no_labels(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("Rossi\nTanaka\n")
    assert labelled.unanswered(path, texts=True).inputs == ["Rossi", "Tanaka"]


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(DataError, match=r"expected a file of .csv, .jsonl"):
        labelled.resolve([tmp_path / "data.xyz"])
    with pytest.raises(DataError, match="found nothing there"):
        labelled.resolve([tmp_path / "data.ts"])
    with pytest.raises(
        DataError, match=r"mnits: expected a file, a folder or a named data set \(names18.*\), found none"
    ):
        labelled.resolve("mnits")
    with pytest.raises(DataError, match=r"ptb_lm: .* found one for language-model"):
        labelled.resolve("ptb_lm")
    with pytest.raises(DataError, match=r"names18: .* found one for classifier"):
        texts.resolve("names18")
    with pytest.raises(DataError, match=r"expected a .txt file for each of at least two classes, found 0"):
        labelled.resolve(tmp_path)


@pytest.mark.parametrize(
    ("name", "train", "test", "classes"),
    [
        ("names18", 17_937, 2_113, 18),
        ("trec_qc", 5452, 500, 6),
        ("trec_qc/fine", 5452, 500, 50),
        ("mnist", 60_000, 10_000, 10),
        ("mnist/pixels", 60_000, 10_000, 10),
        ("ucr_uea/JapaneseVowels", 270, 370, 9),
        ("ucr_uea/BasicMotions", 40, 40, 4),
    ],
)
def test_named_sets_have_their_published_sizes(shared_data, monkeypatch, name, train, test, classes):
    monkeypatch.setenv("RECURRA_DATA", str(shared_data(name.split("/")[0]).parent))
    parts = labelled.resolve(name)
    assert len(parts["train"]) == train
    assert len(set(parts["train"].answers)) == classes
    assert (len(parts["test"]) if test else "test" in parts) == (test or False)


def test_endings_count_in_any_case(tmp_path):
    for name in ("A.TXT", "b.txt", "._b.txt"):
        (tmp_path / name).write_text("x\n")
    assert labelled.resolve(tmp_path)["train"].answers == ["A", "b"]
    (tmp_path / "DATA.CSV").write_text("t0,t1,label\n1,2,a\n3,4,b\n")
    assert labelled.resolve(tmp_path / "DATA.CSV")["train"].answers == ["a", "b"]


def test_no_name_is_not_the_folder_we_are_in(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("x\n")
    (tmp_path / "b.txt").write_text("x\n")
    monkeypatch.chdir(tmp_path)
    for resolve in (labelled.resolve, texts.resolve, tagged.resolve, translations.resolve):
        for data in ("", " ", ["", "a.txt"]):
            with pytest.raises(DataError, match=r"expected a file, a folder or a named data set, got ' ?'"):
                resolve(data)


@pytest.mark.parametrize("name", ["a.tsv", "a.csv", "a.jsonl", "a.txt"])
def test_a_text_that_is_a_whole_file_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.setattr(labelled, "LONGEST_TEXT", 10)
    path = tmp_path / name
    content = {".tsv": "a\t{}\n", ".csv": "label,text\na,{}\n", ".jsonl": '{{"text": "{}"}}\n', ".txt": "{}\n"}[
        path.suffix
    ]
    for length, fits in ((10, True), (11, False)):
        path.write_text(content.format("x" * length))
        if fits:
            assert len(labelled.unanswered(path, texts=True)) == 1
        else:
            with pytest.raises(DataError, match=rf"{name}:\d: expected a text of at most 10 characters, got 11"):
                labelled.unanswered(path, texts=True)


@pytest.mark.parametrize("name", ["a.txt", "a.tsv", "a.jsonl"])
def test_a_file_of_nothing_is_named(tmp_path, name):
    (tmp_path / name).write_text("\n \n")
    with pytest.raises(DataError, match=rf"{name}: expected at least one sequence, got none"):
        labelled.resolve(tmp_path / name)
