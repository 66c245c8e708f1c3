import pytest


@pytest.fixture
def files_client(serve, tones_run, moves_run, classifier_run):
    """A client of a server of "tones", "moves" and "rising"; decoding is bounded tightly."""
    bounds = {"max_file_seconds": 5, "max_frame_pixels": 100_000, "decoding_bytes": 100 << 20}
    with serve(tones_run, moves_run, classifier_run, **bounds) as client:
        yield client
