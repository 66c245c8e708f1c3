"""Servers of small generators."""

import pytest


@pytest.fixture
def generators(serve, series_run, lines_run, clips_run):
    """A client of a server of "visits" (series), "captions" (lines) and "squares" (clips), which shows real samples."""
    with serve(series_run, lines_run, clips_run, real_samples="all") as client:
        yield client
