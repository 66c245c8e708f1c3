"""Sessions on the page: begun, forked, sent as files, deleted."""

import re

import httpx
import pytest


@pytest.fixture
def server(fox, serving):
    """A server of its own, so that no other test's sessions are listed."""
    with serving(fox) as address:
        yield address


@pytest.fixture
def page(server, open_page):
    return open_page(server)


def sessions(page):
    return page.locator("section.sessions li")


def begin(page):
    page.get_by_role("button", name="New session").click()
    page.locator(".session.chosen").wait_for()


def write(page, verb="Write", prompt=None):
    if prompt is not None:
        page.get_by_label("The text begins with").fill(prompt)
    page.get_by_label("Length", exact=True).fill("20")
    page.get_by_role("button", name=verb, exact=True).click()
    page.get_by_role("status").filter(has_text="a second").wait_for()


def text_of(page):
    return page.locator(".text-box").evaluate("box => box.textContent")


def kept(server):
    """The text of each session that the server has, by its last six characters."""
    listed = httpx.get(f"{server}/sessions").json()["data"]
    texts = {}
    for each in listed:
        turns = httpx.get(f"{server}/sessions/{each['id']}").json()["turns"]
        texts[each["id"][-6:]] = "".join(turn["prompt"] + turn["text"] + turn["cut"] for turn in turns)
    return texts


def test_what_is_written_is_kept_in_the_session(page, server):
    begin(page)
    write(page, prompt="the ")
    assert list(kept(server).values()) == [text_of(page)]
    write(page, "Go on")
    [text] = kept(server).values()
    assert text == text_of(page)
    assert len(text) == 4 + 20 + 20
    assert "turns: 2" in sessions(page).inner_text()


def test_a_fork_goes_another_way_and_the_first_stays(page, server):
    begin(page)
    write(page, prompt="the ")
    before = text_of(page)
    page.get_by_role("button", name=re.compile("^Fork: ")).click()
    sessions(page).nth(1).wait_for()
    page.locator(".session.chosen", has_text="turns: 1").wait_for()
    assert text_of(page) == before
    write(page, "Go on")
    texts = sorted(kept(server).values(), key=len)
    assert texts == [before, text_of(page)]
    assert texts[1].startswith(before)


def test_a_session_is_sent_as_a_file_and_read_again(page, server, tmp_path):
    begin(page)
    write(page, prompt="the ")
    text = text_of(page)
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("^Export as a file: ")).click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name.endswith(".safetensors")
    page.get_by_role("button", name=re.compile("^Delete: ")).click()
    page.locator("section.sessions ul").wait_for(state="detached")
    assert kept(server) == {}
    page.get_by_label("Import a file").set_input_files(file)
    page.locator(".session.chosen", has_text="turns: 0").wait_for()
    assert text_of(page) == text
    write(page, "Go on")
    [session] = httpx.get(f"{server}/sessions").json()["data"]
    shown = httpx.get(f"{server}/sessions/{session['id']}").json()
    assert shown["before"] == text
    assert text + "".join(turn["text"] for turn in shown["turns"]) == text_of(page)


def test_a_file_that_is_no_session_is_refused_in_words(page, open_page, server, tmp_path):
    (tmp_path / "other.safetensors").write_bytes(b"rubbish")
    page.get_by_label("Import a file").set_input_files(tmp_path / "other.safetensors")
    page.get_by_role("alert").filter(has_text="That did not work").wait_for()
    assert kept(server) == {}
    open_page.expect("status of 400")


def test_a_session_is_named_to_screen_readers_and_left_by_its_button(page):
    begin(page)
    chosen = page.get_by_role("button", pressed=True).filter(has_text="turns: 0")
    chosen.click()
    page.locator(".session:not(.chosen)").wait_for()
    assert page.locator(".session.chosen").count() == 0
