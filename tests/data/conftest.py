import pytest


@pytest.fixture
def reading(tmp_path):
    """A function that writes a text to a file of this name and reads it with a reader."""

    def run(reader, name, text):
        path = tmp_path / name
        path.write_text(text)
        return reader(path)

    return run
