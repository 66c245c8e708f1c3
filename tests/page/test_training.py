"""The training of a run on the page: its curves, and what comes while it goes on."""

import json
import shutil

import pytest

from recurra.training.progress import Reporter
from recurra.training.run import RunFolder


@pytest.fixture
def growing(fox, tmp_path):
    """The folder of a run whose training goes on: it has 100 steps more than it has made."""
    folder = shutil.copytree(fox, tmp_path / "growing")
    append(folder)
    return folder


def records_of(folder):
    return [json.loads(line) for line in RunFolder(folder).metrics_file.read_text().splitlines()]


def append(folder, left=100, **numbers):
    """Write what a training writes after one more evaluation."""
    run, records = RunFolder(folder), records_of(folder)
    record = records[-1] | {"step": records[-1]["step"] + 10} | numbers
    reporter = Reporter(record["step"] + left, "tokens", run.log_file, show=False)
    reporter.evaluation(record, best=True)
    run.write_metrics([*records, record])
    return record


def test_the_curves_are_those_of_the_run(open_page, address, fox):
    page = open_page(address, "#/fox/training")
    records = records_of(fox)
    last = records[-1]
    page.get_by_role("status").filter(has_text=f"Trained for {last['step']} steps, 3 epochs.").wait_for()
    loss = page.get_by_role("region", name="loss, nats a token", exact=True)
    assert loss.locator("path.line-curve").first.get_attribute("d").count("L") == len(records) - 1
    assert loss.locator(".line-mark-text").text_content() == "best"
    slider = loss.get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    said = slider.get_attribute("aria-valuetext")
    assert said.startswith(f"step {records[0]['step']}: training {records[0]['train_loss']:.4g}")
    loss.get_by_text("The same as a table").click()
    cells = loss.locator("tbody tr").last.locator("td").all_inner_texts()
    assert cells[0] == f"{last['train_loss']:.4g}"
    assert page.get_by_role("region", name="learning rate").count() == 1


def test_rows_appear_while_the_training_goes_on(open_page, growing, serving):
    with serving(growing) as address:
        page = open_page(address, "#/growing/training")
        page.get_by_role("progressbar").wait_for()
        row = append(growing, train_loss=0.1234)
        page.get_by_role("status").filter(has_text=f"Step {row['step']} of {row['step'] + 100}").wait_for()
        loss = page.get_by_role("region", name="loss, nats a token", exact=True)
        assert loss.locator(".line-value").first.inner_text() == "0.1234"
        append(growing, left=0)
        page.get_by_role("status").filter(has_text="Trained for").wait_for()
        assert page.get_by_role("progressbar").count() == 0


def test_an_interrupted_training_looks_unlike_one_that_goes_on(open_page, growing, serving):
    with serving(growing) as address:
        page = open_page(address, "#/growing/training")
        page.get_by_role("status").filter(has_text="the training goes on").wait_for()
        Reporter(100, "tokens", RunFolder(growing).log_file, show=False).line("interrupted at step 20; all is saved")
        page.get_by_role("status").filter(has_text="Interrupted after step").wait_for()
        assert page.get_by_role("progressbar").count() == 0


def test_a_run_that_is_deleted_is_told(open_page, growing, serving):
    with serving(growing) as address:
        page = open_page(address, "#/growing/training")
        page.get_by_role("progressbar").wait_for()
        shutil.rmtree(growing)
        page.get_by_role("alert").filter(has_text="has been deleted").wait_for()


def test_troubles_of_the_players_are_told(open_page, growing, serving):
    said = "the made samples have collapsed: for 500 steps their spread has been below 10% of the real ones'"
    Reporter(100, "tokens", RunFolder(growing).log_file, show=False).line(said)
    append(growing, left=0)
    with serving(growing) as address:
        page = open_page(address, "#/growing/training")
        page.get_by_role("note").filter(has_text=said).wait_for()


@pytest.mark.parametrize(("scheme", "locale"), [("light", "en-US"), ("dark", "zh-CN")])
def test_training_is_accessible(open_page, address, violations, scheme, locale):
    page = open_page(address, "#/fox/training", bypass_csp=True, color_scheme=scheme, locale=locale)
    page.locator(".line-curve").first.wait_for()
    page.locator("summary").first.click()
    page.locator(".line-table").wait_for()
    assert violations(page) == []


def test_a_phone_needs_no_scrolling_sideways(open_page, address):
    page = open_page(address, "#/fox/training", viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True)
    page.locator(".line-curve").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
