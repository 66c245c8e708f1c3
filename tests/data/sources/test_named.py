import hashlib
from pathlib import Path

import pooch
import pytest

import recurra
from recurra import DataError
from recurra.data.sources.catalogue import NAMED, NamedData, Remote
from recurra.data.sources.named import fetch, locate
from recurra.data.sources.texts import resolve
from recurra.data.text.text_files import Text

CONTENT = b"to be\nor not to be\n"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    """A cache of its own, no development data and no network; where named data are kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("RECURRA_DATA", raising=False)

    def no_network(url, *_, **__):
        raise ConnectionError(f"no route to {url}")

    monkeypatch.setattr("pooch.core.choose_downloader", lambda url, progressbar: no_network)
    return tmp_path / "cache" / "recurra" / "data"


@pytest.fixture
def plays(monkeypatch) -> str:
    """A data set of two files, by name."""
    digest = hashlib.sha256(CONTENT).hexdigest()
    files = tuple(Remote(name, f"https://example.org/{name}", f"sha256:{digest}") for name in ("one.txt", "two.txt"))
    parts = lambda folder: {"train": Text((folder / "one.txt",)), "test": Text((folder / "two.txt",))}  # noqa: E731
    monkeypatch.setitem(NAMED, "plays", NamedData("plays", "language-model", parts, files))
    return "plays"


def _serve(monkeypatch, content: bytes) -> list[str]:
    """Let every download give this content; return the list of what is asked for."""
    asked = []

    def download(url, output_file, _pooch):
        asked.append(url)
        Path(output_file).write_bytes(content)

    monkeypatch.setattr("pooch.core.choose_downloader", lambda url, progressbar: download)
    return asked


def _put(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(CONTENT)
    return folder


def _read(text: Text) -> str:
    return "".join(text.pieces())


# --- where a name is found --------------------------------------------------------------------------------------------


def test_recurra_data_comes_before_the_cache(plays, cache, tmp_path, monkeypatch):
    kept = _put(cache / plays, "one.txt", "two.txt")
    assert locate(plays) == fetch(plays) == kept
    shared = _put(tmp_path / "shared" / plays, "one.txt", "two.txt")
    monkeypatch.setenv("RECURRA_DATA", str(tmp_path / "shared"))
    assert locate(plays) == fetch(plays) == shared


def test_a_folder_without_all_its_files_does_not_count(plays, cache, tmp_path, monkeypatch):
    _put(tmp_path / "shared" / plays, "one.txt")
    monkeypatch.setenv("RECURRA_DATA", str(tmp_path / "shared"))
    assert locate(plays) is None
    kept = _put(cache / plays, "one.txt", "two.txt")
    assert locate(plays) == kept


def test_what_is_nowhere_is_downloaded_once(plays, cache, monkeypatch):
    asked = _serve(monkeypatch, CONTENT)
    for _ in range(2):
        parts = resolve(plays)
        assert {name: _read(text) for name, text in parts.items()} == dict.fromkeys(("train", "test"), CONTENT.decode())
    assert asked == ["https://example.org/one.txt", "https://example.org/two.txt"]
    assert locate(plays) == cache / plays


def test_a_download_that_fails_names_the_set_and_the_places(plays, cache):
    with pytest.raises(DataError) as caught:
        fetch(plays)
    message = str(caught.value)
    assert message.startswith(f"plays: expected it in $RECURRA_DATA, in {cache / plays} or at https://example.org/one")
    assert message.endswith("the download failed: no route to https://example.org/one.txt")
    assert "\n" not in message


def test_a_download_of_other_content_is_refused_and_not_kept(plays, cache, monkeypatch):
    _serve(monkeypatch, b"<html>Not found</html>")
    with pytest.raises(DataError, match=r"plays: .* hash of downloaded file .* does not match"):
        fetch(plays)
    assert list((cache / plays).iterdir()) == []
    assert locate(plays) is None


# --- the sets that come with Recurra ----------------------------------------------------------------------------------


def test_python_docs_are_made_in_code(cache):
    from pydoc_data.topics import topics

    assert locate("python-docs") is None
    parts = resolve("python-docs")
    assert set(parts) == {"train", "valid"}
    train, valid = _read(parts["train"]), _read(parts["valid"])
    assert len(valid) / len(train + valid) == pytest.approx(0.1, abs=1e-4)
    assert train.startswith(topics[min(topics)])
    assert len(train + valid) == sum(map(len, topics.values())) + len(topics) - 1
    assert locate("python-docs") == cache / "python-docs"


def test_python_docs_in_the_cache_are_those_of_this_python(cache):
    folder = _put(cache / "python-docs", "topics.txt")  # as another Python may have left it
    fetch("python-docs")
    assert (folder / "topics.txt").stat().st_size > 100_000


def test_python_docs_in_recurra_data_are_taken_as_they_are(tmp_path, monkeypatch):
    shared = _put(tmp_path / "shared" / "python-docs", "topics.txt")
    monkeypatch.setenv("RECURRA_DATA", str(tmp_path / "shared"))
    assert fetch("python-docs") == shared
    assert (shared / "topics.txt").read_bytes() == CONTENT


@pytest.mark.parametrize("name", [name for name, data in NAMED.items() if data.files])
def test_development_data_are_what_a_download_would_give(name, shared_data):
    folder = shared_data(name)
    for file in NAMED[name].files:
        algorithm, digest = file.hash.split(":")
        assert pooch.file_hash(folder / file.name, algorithm) == digest


def test_the_parts_of_tinyshakespeare_are_its_whole(shared_data):
    parts = NAMED["tinyshakespeare"].parts(shared_data("tinyshakespeare"))
    train, valid = _read(parts["train"]), _read(parts["valid"])
    assert len(train + valid) == 1_115_394
    assert len(valid) == 111_540
    assert len(set(train + valid)) == 65


def test_the_parts_of_penn_treebank_have_their_published_sizes(shared_data):
    parts = NAMED["ptb_lm"].parts(shared_data("ptb_lm"))
    sizes = {name: len(_read(part).replace("\n", " <eos> ").split()) for name, part in parts.items()}
    assert sizes == {"train": 929_589, "valid": 73_760, "test": 82_430}


def test_a_cache_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.delenv("RECURRA_DATA", raising=False)
    with pytest.raises(DataError, match=r"python-docs: expected a cache that can be written, got: Not a directory"):
        fetch("python-docs")


@pytest.mark.parametrize("data", ["To be, or not to be:\nthat is the question", "word " * 40_000, ["word " * 40_000]])
def test_a_text_in_the_place_of_its_file_is_told_in_a_short_line(data):
    for job in (recurra.LanguageModel, recurra.SequenceClassifier, recurra.Tagger, recurra.Translator):
        with pytest.raises(DataError, match=r"got a text of [\d,]+ characters: .*; write it to a file") as caught:
            job().fit(data)
        assert len(str(caught.value)) < 250


@pytest.mark.parametrize("data", [None, 3, [["a", "b"]], [None], [], {"a": 1}])
def test_what_names_no_data_is_refused(data):
    for job in (recurra.LanguageModel, recurra.Tagger, recurra.Translator):
        with pytest.raises(DataError, match="data: expected a file, a folder or a named data set, got"):
            job().fit(data)
