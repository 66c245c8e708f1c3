import pytest

from recurra import DataError
from recurra.data.pairs import pair_files


def texts(found):
    return list(zip(found.sources, found.targets, strict=True))


ABOUT = "CC-BY 2.0 (France) Attribution: tatoeba.org #1 (CK) & #2 (Esperantostern)"


@pytest.mark.parametrize("name", ["deu.txt", "deu.tsv", "DEU.TSV"])
def test_tatoeba_pairs_have_a_third_column(tmp_path, name):
    (tmp_path / name).write_text(f"Go.\tGeh.\t{ABOUT}\nHi.\tHallo!\t{ABOUT}\nRun!\tLauf!\n")
    found = pair_files.read(tmp_path / name)
    assert texts(found) == [("Go.", "Geh."), ("Hi.", "Hallo!"), ("Run!", "Lauf!")]
    assert found.notes == [
        f"{tmp_path / name}: source and target are columns 1 (Go.) and 2 (Geh.); left out: 3 ({ABOUT[:30]})"
    ]
    backwards = pair_files.read(tmp_path / name, reverse=True)
    assert texts(backwards)[0] == ("Geh.", "Go.")


def test_tatoeba_lists_have_the_numbers_of_sentences(tmp_path):
    (tmp_path / "pairs.tsv").write_text("1276\tLet's try!\t77\tVersuchen wir es!\n1277\tI must go.\t78\tIch muss.\n")
    assert texts(pair_files.read(tmp_path / "pairs.tsv"))[1] == ("I must go.", "Ich muss.")
    assert texts(pair_files.read(tmp_path / "pairs.tsv", reverse=True))[1] == ("Ich muss.", "I must go.")


def test_a_header_says_which_column_is_which(tmp_path):
    (tmp_path / "a.tsv").write_text("id\ten\tde\tx\n1\tGo.\tGeh.\t-\n")
    assert texts(pair_files.read(tmp_path / "a.tsv", "de", "en")) == [("Geh.", "Go.")]
    (tmp_path / "b.tsv").write_text("id\ten\tde\tx\n1\tGo.\tGeh.\n")
    with pytest.raises(DataError, match=r"b\.tsv:2: expected 4 columns as above, got 3"):
        pair_files.read(tmp_path / "b.tsv", "de", "en")
    with pytest.raises(DataError, match=r"b\.tsv:1: expected 2 columns between tabs, source and target, got 4"):
        pair_files.read(tmp_path / "b.tsv", "fr", "en")


def test_two_files_of_as_many_lines_are_pairs(tmp_path):
    (tmp_path / "a.de").write_text("Ein Hund.\n\nZwei\n")
    (tmp_path / "a.en").write_text("A dog.\nNothing.\nTwo\n")
    read = pair_files.read_two(tmp_path / "a.de", tmp_path / "a.en")
    assert texts(read) == [("Ein Hund.", "A dog."), ("", "Nothing."), ("Zwei", "Two")]
    assert read.name(1) == f"{tmp_path}/a.de:2"
    (tmp_path / "a.en").write_text("A dog.\n")
    with pytest.raises(DataError, match=r"a\.en: expected 3 lines, as in .*a\.de, got 1"):
        pair_files.read_two(tmp_path / "a.de", tmp_path / "a.en")


def test_objects_hold_the_texts_by_language(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"de": "Zwei", "en": "Two"}\n\n{"en": "One", "de": "Eins"}\n')
    read = pair_files.read(tmp_path / "a.jsonl", "de", "en")
    assert texts(read) == [("Zwei", "Two"), ("Eins", "One")]
    assert read.name(1) == f"{tmp_path}/a.jsonl:3"
    with pytest.raises(DataError, match=r"a\.jsonl:1: expected a text under 'source', got"):
        pair_files.read(tmp_path / "a.jsonl")


def test_what_a_file_may_be_is_known_by_its_ending_and_first_line(tmp_path):
    for name, content in (("a.de", "\nein Hund\n"), ("b.txt", "a\tb\n"), ("c.tsv", "a\tb\n")):
        (tmp_path / name).write_text(content)
    assert [pair_files.is_plain(tmp_path / name) for name in ("a.de", "b.txt", "c.tsv", "none")] == [1, 1, 0, 0]
    assert [pair_files.has_tabs(tmp_path / name) for name in ("a.de", "b.txt")] == [False, True]
