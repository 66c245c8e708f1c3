import pytest


@pytest.fixture
def reading(tmp_path):
    """A function that writes a text to a file of this name and reads it with a reader."""

    def run(reader, name, text):
        path = tmp_path / name
        path.write_text(text)
        return reader(path)

    return run


@pytest.fixture
def write(tmp_path):
    """A function that writes a text to a file and gives its path."""

    def run(text, name="given.conll", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return run
