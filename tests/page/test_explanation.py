"""The explanation of a run on the page: what is measured, how far it is, and the report in its frame."""

import json

import pytest

from recurra import figures
from recurra.figures.page import Section
from recurra.figures.page import page as figures_page

WRITE = "write()"
HANG = "tell(part='gradients'); tell(part='memory'); time.sleep(600)"


@pytest.fixture
def place(open_page, serving, fox):
    """Open the place of the language model, of a server that has explained nothing yet."""
    with serving(fox) as address:
        yield lambda **options: open_page(address, "#/fox/explanation", **options)


def begin(page, *parts):
    """Ask for some parts; all where none are named."""
    boxes = page.get_by_role("group", name="What to measure").get_by_role("checkbox")
    for box in boxes.all() if parts else ():
        box.uncheck()
    for part in parts:
        page.get_by_role("checkbox", name=part).check()
    page.get_by_role("button", name="Explain").click()


def said(page, text):
    page.get_by_role("status").filter(has_text=text).wait_for(timeout=60_000)


def test_a_report_is_made_drawn_saved_and_opened_alone(place):
    page = place()
    begin(page, "Memory")
    said(page, "The report is there.")
    assert page.evaluate("document.activeElement.id") == "explanation-report"
    frame = page.frame_locator("iframe")
    assert frame.locator("h1").inner_text() == "fox (language-model)"
    frame.locator("figure svg.marks").first.wait_for()  # its scripts may run
    assert page.locator("iframe").get_attribute("sandbox") == "allow-scripts allow-downloads"
    assert page.get_by_title("Report on fox").count() == 1
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the numbers as JSON").click()
    assert download.value.suggested_filename == "fox-explanation.json"
    numbers = json.loads(download.value.path().read_text())
    assert numbers["title"] == "fox (language-model)"
    assert numbers["memory"]["verdict"]
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as HTML").click()
    assert download.value.suggested_filename == "fox-explanation.html"
    assert "fox (language-model)" in download.value.path().read_text()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open alone").click()
    opened.value.locator("figure svg.marks").first.wait_for()
    assert opened.value.evaluate("window.origin") == "null"  # a sandbox: nothing of this server is within its reach


def test_it_tells_how_far_it_is_and_can_be_given_up(place, stand_in):
    stand_in(HANG)
    page = place()
    begin(page, "Gradients", "Memory", "Attribution")
    said(page, "Measuring 2 of 3: Memory …")
    assert page.get_by_role("progressbar").evaluate("each => [each.value, each.max]") == [1, 3]
    assert page.get_by_role("checkbox", name="Memory").is_disabled()
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Explain").wait_for()
    assert page.get_by_role("progressbar").count() == 0
    stand_in(WRITE)
    begin(page)
    said(page, "The report is there.")


def test_it_works_by_keys(place, stand_in):
    stand_in(WRITE)
    page = place()
    page.get_by_role("checkbox", name="Gradients").focus()
    for _ in range(4):
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
    assert page.get_by_role("button", name="Explain").is_disabled()
    page.get_by_role("checkbox", name="Attribution").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    said(page, "The report is there.")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Open alone"


def test_what_goes_wrong_is_said_and_can_be_tried_again(place, stand_in):
    stand_in("tell(error='memory: expected more steps')")
    page = place()
    begin(page)
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "memory: expected more steps" in alert.inner_text()
    stand_in(WRITE)
    alert.get_by_role("button", name="Try again").click()
    said(page, "The report is there.")
    assert alert.count() == 0


def test_a_run_without_data_says_what_to_do(open_page, serving, reader):
    with serving(reader) as address:
        page = open_page(address, "#/reader/explanation")
        begin(page)
        alert = page.get_by_role("alert")
        alert.wait_for()
        assert "Train it on files" in alert.inner_text()
        assert alert.get_by_role("button").count() == 0
    open_page.expect("status of 409")


def test_what_makes_samples_has_no_such_place(open_page, serving, series_run):
    with serving(series_run) as address:
        page = open_page(address, "#/visits/explanation")
        places = page.get_by_role("navigation", name="Parts of this run").get_by_role("link")
        assert places.all_inner_texts() == ["Samples", "Training"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_report_is_accessible(open_page, address, violations, scheme):
    charts = {
        "lines": (figures.lines({"h": ([0, 1], [1.0, 0.1])}, "step", "norm", y_scale="log"), "It falls."),
        "table": (figures.confusion([[1, 0], [2, 3]], ["a", "b"]), "Most are right."),
    }
    report = figures_page("fox", [Section(lines=["All is well."]), Section("Gradients", "Healthy.", figures=charts)])
    page = open_page(address, bypass_csp=True, color_scheme=scheme)
    page.set_content(report)
    page.locator("figure svg.marks").nth(1).wait_for()
    page.locator("summary[aria-label]").nth(1).wait_for(state="attached")
    assert violations(page) == []


@pytest.mark.parametrize(("scheme", "locale"), [("light", "en-US"), ("dark", "zh-CN")])
def test_it_is_accessible(place, stand_in, violations, scheme, locale):
    stand_in(HANG)
    page = place(bypass_csp=True, color_scheme=scheme, locale=locale)
    assert violations(page) == []
    page.locator(".explanation button.primary").click()
    page.locator("progress[value]").wait_for()
    assert violations(page) == []
    page.locator(".explanation .buttons button").click()
    stand_in(WRITE)
    page.locator(".explanation button.primary").click()
    page.locator("iframe").wait_for()
    assert violations(page) == []


def test_a_phone_needs_no_scrolling_sideways(place, stand_in):
    stand_in(WRITE)
    page = place(viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True)
    begin(page)
    said(page, "The report is there.")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
