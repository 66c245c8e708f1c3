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


def test_what_a_browser_is_sent_of_the_page_is_smaller_than_150_kilobytes():
    loaded = [file for file in page_files().values() if not file.media_type.startswith("text/plain")]  # no licences
    assert sum(len(file.compressed) for file in loaded) < 150_000
    assert sum(len(file.content) for file in loaded) < 350_000


def test_scripts_import_files_that_are_there():
    for name, file in page_files().items():
        if name.endswith(".js"):
            folder = (FOLDER / name).parent
            for imported in re.findall(r'\bfrom ?"(\.[^"]+)"', file.content.decode()):
                assert (folder / imported).is_file(), f"{name} imports {imported}"
