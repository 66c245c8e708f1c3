import pytest

from recurra import SequenceClassifier


@pytest.fixture(scope="session")
def table_run(files_folder):
    """The folder of a small classifier of the series of a table, with columns "a" and "b"."""
    rows = [
        f"{i},{step},{i * step % 7 / 7},{step / 9},{'even' if i % 2 else 'odd'}" for i in range(20) for step in range(4)
    ]
    (files_folder / "series.csv").write_text("\n".join(["id,step,a,b,label", *rows]))
    settings = {"hidden_size": 8, "threads": 1, "epochs": 2}
    SequenceClassifier(**settings).fit(files_folder / "series.csv", out=files_folder / "table", progress=False)
    return files_folder / "table"


@pytest.fixture
def files_client(serve, tones_run, moves_run, table_run, text_classifier_run):
    """A client of a server of "tones", "moves", "table" and "topics"; decoding is bounded tightly."""
    bounds = {"max_file_seconds": 5, "max_frame_pixels": 100_000, "decoding_bytes": 100 << 20}
    with serve(tones_run, moves_run, table_run, text_classifier_run, **bounds) as client:
        yield client
