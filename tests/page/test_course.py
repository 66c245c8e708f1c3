"""The course on the page."""

import pytest


@pytest.fixture
def chapter(open_page, address):
    """A page that shows a chapter."""
    page = open_page(address, "#//course/2-computation")
    page.locator(".chapter h2").first.wait_for()
    return page


def test_the_header_leads_to_it(open_page, address):
    page = open_page(address)
    page.get_by_role("link", name="Course").click()
    page.get_by_role("link", name="3. Limits, and what helps").click()
    page.get_by_role("heading", name="3. Limits, and what helps").wait_for()
    assert page.title() == "Recurrent networks: a course · Recurra"
    assert page.evaluate("document.activeElement.tagName") == "H1"
    page.get_by_role("link", name="Recurra", exact=True).click()
    page.get_by_role("button", name="Write").wait_for()


def test_it_needs_no_run(open_page, address):
    page = open_page(address)
    page.route("**/v1/models", lambda route: route.fulfill(json={"object": "list", "data": []}))
    page.goto(f"{address}/#//course")
    page.reload()
    page.locator(".course-list a").first.wait_for()
    assert page.locator(".course-list a").count() == 8


def test_a_chapter_has_prose_formulas_and_code(chapter):
    assert chapter.locator("h1").inner_text() == "2. How a recurrent network computes"
    formula = chapter.locator('.chapter math[display="block"]').first
    assert formula.text_content() == "ht=tanh(Wxxt+Whht−1+b)"
    assert formula.bounding_box()["height"] > 10
    assert any("def run(inputs):" in code for code in chapter.locator("pre.code").all_inner_texts())
    solution = chapter.locator("details").first
    assert not solution.locator("p, pre").first.is_visible()
    solution.locator("summary").click()
    assert solution.locator("p, pre").first.is_visible()


def test_chapters_follow_each_other(chapter):
    chapter.get_by_role("link", name="3. Limits, and what helps →").click()
    chapter.get_by_role("heading", name="3. Limits, and what helps").wait_for()
    chapter.get_by_role("link", name="page 5").click()
    chapter.get_by_role("heading", name="5. Language models, and labels for words").wait_for()
    chapters = chapter.get_by_role("navigation", name="Chapters")
    assert chapters.locator("[aria-current]").inner_text() == "5. Language models, and labels for words"
    chapter.get_by_role("link", name="← 4.").click()
    chapter.get_by_role("heading", name="4. A first recurrent network in Python").wait_for()


def test_it_follows_the_language_of_the_page(chapter):
    chapter.get_by_role("button", name="中文").click()
    chapter.get_by_role("heading", name="2. 循环神经网络如何计算").wait_for()
    assert "隐藏状态" in chapter.locator(".chapter").inner_text()


def test_what_the_code_shows_is_there_or_said_to_be_missing(open_page, address):
    page = open_page(address)
    svg = "<svg xmlns='http://www.w3.org/2000/svg' width='20' height='10'/>"
    shown = f'<pre class="output"><samp>0.8</samp></pre><img alt="a line" src="data:image/svg+xml,{svg}">'
    content = {"name": "3-limits", "title": "3. Limits, and what helps", "html": shown, "has_outputs": True}
    page.route("**/v1/course/3-limits*", lambda route: route.fulfill(json=content))
    page.goto(f"{address}/#//course/3-limits")
    assert page.get_by_role("img", name="a line").bounding_box()["height"] >= 10
    assert page.get_by_text("make course").count() == 0
    page.route("**/v1/course/4-*", lambda route: route.fulfill(json=content | {"has_outputs": False}))
    page.get_by_role("link", name="4. A first recurrent network in Python →").click()
    page.get_by_text("make course").wait_for()


def test_it_comes_when_the_key_is_given(open_page, address):
    page = open_page(address)
    answer = {"error": {"message": "expected an API key", "type": "authentication_error", "param": None, "code": None}}

    def course(route):
        if route.request.headers.get("authorization") == "Bearer secret":
            route.continue_()
        else:
            route.fulfill(status=401, json=answer)

    page.route("**/v1/course*", course)
    page.get_by_role("link", name="Course").click()
    page.get_by_role("textbox", name="API key").fill("secret")
    page.get_by_role("button", name="Use it").click()
    page.locator(".course-list a").first.wait_for()
    assert page.get_by_role("alert").count() == 0
    open_page.expect("status of 401")


def test_a_chapter_that_is_not_there_is_said(open_page, address):
    page = open_page(address, "#//course/9-none")
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "does not offer that" in alert.inner_text()
    open_page.expect("status of 404")


@pytest.mark.parametrize("name", ["1-memory", "2-computation", "8-combinations"])
def test_a_phone_needs_no_scrolling_sideways(open_page, address, name):
    page = open_page(
        address, f"#//course/{name}", viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True
    )
    page.locator(".chapter h2").first.wait_for()
    page.locator("summary").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
