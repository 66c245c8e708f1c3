import re

import pytest

from recurra.serve.page.routes import FOLDER, page_files


def test_the_page_is_served_at_the_root(client):
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.startswith("<!doctype html>")


def test_every_file_of_the_folder_is_served_with_its_type(client):
    types = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    files = [file for file in FOLDER.rglob("*") if file.is_file()]
    assert {file.relative_to(FOLDER).as_posix() for file in files} == set(page_files())
    for file in files:
        answer = client.get(f"/page/{file.relative_to(FOLDER).as_posix()}")
        assert answer.content == file.read_bytes()
        assert answer.headers["content-type"].partition(";")[0] == types.get(file.suffix, "text/plain")


def test_a_file_that_the_browser_has_is_not_sent_again(client):
    etag = client.get("/page/style.css").headers["etag"]
    again = client.get("/page/style.css", headers={"If-None-Match": f'"other", {etag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/page/style.css", headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    "path", ["", "missing.js", "../routes.py", "%2e%2e/routes.py", "..%2froutes.py", "vendored", "/etc/passwd", "a%00b"]
)
def test_nothing_else_is_served(client, path):
    answer = client.get(f"/page/{path}")
    assert answer.status_code == 404
    assert answer.json()["error"]["type"] == "not_found_error"


def test_the_page_may_load_its_own_files_only(client):
    policy = client.get("/").headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert "unsafe" not in policy


def test_no_script_and_no_style_stands_in_the_page(client):
    page = client.get("/").text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", page)
    assert not re.search(r"https?://", page)


def test_files_are_sent_by_gzip_to_who_takes_it(client):
    plain = client.get("/page/app.js", headers={"Accept-Encoding": "identity"})
    packed = client.get("/page/app.js", headers={"Accept-Encoding": "br, gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    assert plain.content == packed.content == (FOLDER / "app.js").read_bytes()  # the client unpacks it
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2


IMPORTS = re.compile(r'\b(?:from|import) ?"(\.[^"]+)"')
IMPORTS_LATER = re.compile(r'\bimport\("(\.[^"]+)"\)')


def imported(names, pattern):
    """The scripts that some scripts import, without them."""
    targets = set()
    for name in names:
        for path in pattern.findall(page_files()[name].content.decode()):
            targets.add((FOLDER / name).parent.joinpath(path).resolve().relative_to(FOLDER.resolve()).as_posix())
    return targets - set(names)


def loaded_with(*names):
    """The scripts that a browser loads with some scripts."""
    scripts = set(names)
    while new := imported(scripts, IMPORTS):
        scripts |= new
    return scripts


def test_a_browser_is_sent_less_than_200_kilobytes_of_the_page_for_any_place():
    styles = {name for name in page_files() if name.endswith(".css")}
    frame = loaded_with("main.js")
    places = imported(frame, IMPORTS_LATER)
    assert len(places) == 9
    for place in places:
        assert place not in frame
        files = [page_files()[name] for name in {"index.html", *styles, *frame, *loaded_with(place)}]
        assert sum(len(file.compressed) for file in files) < 80_000
        assert sum(len(file.content) for file in files) < 200_000


def test_scripts_import_files_that_are_there():
    for name, file in page_files().items():
        if name.endswith(".js"):
            folder = (FOLDER / name).parent
            source = file.content.decode()
            for path in IMPORTS.findall(source) + IMPORTS_LATER.findall(source):
                assert (folder / path).is_file(), f"{name} imports {path}"
