"""What all places share: languages, light and dark, small screens, keys."""

import json
import re
from pathlib import Path

import pytest

import recurra.serve.page

FILES = Path(recurra.serve.page.__file__).parent / "files"
KEY = re.compile(r'^  (?:"([^"]+)"|(\w+)): "(.*)",$', re.MULTILINE)


def words(language):
    source = (FILES / "language" / f"{language}.js").read_text()
    return {quoted or bare: value for quoted, bare, value in KEY.findall(source)}


def test_every_word_is_there_in_both_languages():
    english, chinese = words("en"), words("zh")
    assert english.keys() == chinese.keys()
    assert len(english) > 50
    for key, value in english.items():
        assert set(re.findall(r"\{\w+\}", value)) == set(re.findall(r"\{\w+\}", chinese[key])), key


def test_every_word_that_is_asked_for_is_there():
    asked = set()
    for file in FILES.rglob("*.js"):
        asked |= set(re.findall(r'\bt\("([^"]+)"', file.read_text()))
    assert asked
    assert asked <= words("en").keys()


def test_the_language_can_be_switched_and_stays(open_page, address):
    page = open_page(address)
    assert page.evaluate("document.documentElement.lang") == "en"
    page.get_by_role("button", name="中文").click()
    page.get_by_role("button", name="开始写").wait_for()
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    page.reload()
    page.get_by_role("button", name="开始写").wait_for()
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Write").wait_for()


def test_the_language_of_the_browser_is_the_first(open_page, address):
    open_page(address, locale="zh-CN").get_by_role("button", name="开始写").wait_for()


def ground(page):
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_dark_follows_the_system_until_it_is_switched(open_page, address):
    page = open_page(address, color_scheme="dark")
    dark = ground(page)
    page.emulate_media(color_scheme="light")
    light = ground(page)
    assert dark != light
    page.get_by_role("button", name="Dark").click()
    assert ground(page) == dark
    page.reload()
    page.locator("h1").wait_for()
    assert ground(page) == dark
    assert page.get_by_role("button", name="Dark").get_attribute("aria-pressed") == "true"


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_needs_no_scrolling_sideways(open_page, address, width):
    page = open_page(address, viewport={"width": width, "height": 700}, has_touch=True, is_mobile=True)
    page.get_by_role("button", name="Write").click()
    page.get_by_role("status").filter(has_text="a second").wait_for()
    page.locator(".symbol").nth(30).tap()
    page.get_by_role("group", name="Alternatives").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.get_by_role("group", name="Alternatives").bounding_box()
    assert 0 <= box["x"] <= box["x"] + box["width"] <= width


def test_a_key_is_asked_for_where_the_server_wants_one(open_page, address):
    page = open_page(address)
    answer = {"error": {"message": "expected an API key", "type": "authentication_error", "param": None, "code": None}}
    seen = []

    def models(route):
        seen.append(route.request.headers.get("authorization"))
        if seen[-1] == "Bearer secret":
            route.continue_()
        else:
            route.fulfill(status=401, body=json.dumps(answer), content_type="application/json")

    page.route("**/v1/models", models)
    page.reload()
    page.get_by_role("textbox", name="API key").fill("secret")
    page.get_by_role("button", name="Use it").click()
    page.get_by_role("button", name="Write").wait_for()
    assert seen == [None, "Bearer secret"]
    assert page.get_by_role("alert").count() == 0
    open_page.expect("status of 401")


def test_a_server_that_is_gone_is_said(open_page, address):
    page = open_page(address)
    page.route("**/v1/completions", lambda route: route.abort())
    page.get_by_role("button", name="Write").click()
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "does not answer" in alert.inner_text()
    open_page.expect("net::ERR_FAILED")


def test_the_scripts_of_a_place_are_loaded_when_it_is_opened(open_page, address):
    page = open_page(address)
    scripts = "performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)"
    assert "/page/writing/place.js" in page.evaluate(scripts)
    assert not {"/page/training/place.js", "/page/translation/place.js"} & set(page.evaluate(scripts))
    page.get_by_role("link", name="Training").click()
    page.get_by_role("figure").first.wait_for()
    assert "/page/training/place.js" in page.evaluate(scripts)


def test_a_place_whose_scripts_are_not_to_be_had_is_said_and_may_be_tried_again(open_page, address):
    page = open_page(address)
    page.route("**/page/training/*", lambda route: route.abort())
    page.get_by_role("link", name="Training").click()
    page.get_by_role("alert").wait_for()
    open_page.expect("net::ERR_FAILED")
    page.unroute("**/page/training/*")
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("figure").first.wait_for()


def test_a_job_that_the_page_does_not_know_shows_its_training(open_page, address):
    page = open_page(address)

    def models(route):
        content = route.fetch().json()
        content["data"][0]["job"] = "oracle"
        route.fulfill(json=content)

    page.route("**/v1/models", models)
    page.reload()
    page.get_by_text("The same as a table").first.wait_for()
    assert page.locator("h1").inner_text() == "fox"
