"""The JavaScript of pages."""

from recurra.data.files.cache import cache_folder
from recurra.figures import script


def test_the_script_of_pages_is_kept_and_made_anew_where_it_was_cut(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    script.bundle.cache_clear()
    whole = script.bundle()
    (file,) = cache_folder().glob("vega-*.js")
    file.write_text(whole[:100], encoding="utf-8")
    script.bundle.cache_clear()
    assert script.bundle() == whole
    assert file.read_text(encoding="utf-8") == whole


def test_a_cache_that_cannot_be_written_costs_no_figure(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    script.bundle.cache_clear()
    assert len(script.bundle()) > 100_000
