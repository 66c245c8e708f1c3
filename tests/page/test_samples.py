"""What generators make, beside real ones, and the game of telling them apart."""

import base64
import re
import shutil

import pytest

from recurra import load


@pytest.fixture(scope="module")
def generators(series_run, lines_run, clips_run, serving):
    """The address of a server of generators of series, lines and clips."""
    with serving(series_run, lines_run, clips_run) as address:
        yield address


def made(page):
    """Wait until samples are there; give their seed."""
    status = page.get_by_role("status").filter(has_text="Made with the seed")
    status.wait_for()
    return int(re.search(r"seed (\d+)", status.inner_text())[1])


def make(page, **labels):
    """Fill fields by their labels, once the first samples are there, and make others."""
    made(page)
    for label, value in labels.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(str(value))
    page.get_by_role("button", name="Make").click()
    page.get_by_role("status").filter(has_text=f"seed {labels['Seed']},").wait_for()


def real(page):
    """Wait until real samples are there."""
    page.get_by_role("button", name="Guess which are real").wait_for()


def test_series_are_drawn_column_by_column_beside_real_ones(open_page, generators, series_run):
    page = open_page(generators, "#/visits")
    make(page, How_many=3, Seed=5)
    real(page)
    table = load(series_run).sample(3, seed=5)
    assert page.locator("section.card h2").all_inner_texts() == ["load", "state", "How good they are"]
    load_card = page.get_by_role("region", name="load")
    charts = load_card.locator(".small-chart:has(.made)")
    assert charts.count() == 3
    loads = [float(cell) for cell in table.texts()[0][3:4] + table.texts()[7][3:4]]
    label = charts.first.get_attribute("aria-label")
    assert label.startswith(f"Made by the network 1, load: 8 rows, from {loads[0]:g} to {loads[1]:g}, lowest")
    assert charts.first.locator("path").get_attribute("d").count("L") == 7
    assert load_card.locator(".small-chart:has(.real)").count() == 2
    assert "day, from the first row on, over 7 days" in load_card.inner_text()
    stairs = page.get_by_role("region", name="state").locator("path.made").first.get_attribute("d")
    assert "L" not in stairs
    assert stairs.count("H") == 7


def test_series_are_a_table_and_a_file(open_page, generators, series_run):
    page = open_page(generators, "#/visits")
    make(page, How_many=2, Rows_of_each=5, Seed=5)
    table = load(series_run).sample(2, length=5, seed=5)
    page.get_by_text("Table of what was made, 10 rows").click()
    assert page.locator(".samples-table tbody tr").count() == 10
    first = page.locator(".samples-table tbody tr").first.locator("td").all_inner_texts()
    assert [*first[:3], f"{float(first[3]):.2f}", first[4]] == table.texts()[0]
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    assert download.value.suggested_filename == "visits.csv"
    assert download.value.path().read_text() == table.csv()


def test_series_go_on_from_rows_that_a_person_gives(open_page, generators):
    page = open_page(generators, "#/visits")
    made(page)
    page.get_by_text("Go on from rows").click()
    given = "id,day,shop,load,state\n1,2024-01-01,a,12.5,low"
    page.get_by_label("Go on from rows, or fill a gap").fill(given)
    make(page, How_many=2, Rows_of_each=4, Seed=1)
    assert page.get_by_role("img", name=re.compile(r"load: 4 rows, from 12\.5 to")).count() == 2
    page.get_by_label("Go on from rows, or fill a gap").fill(given.replace("12.5", "much"))
    page.get_by_role("button", name="Make").click()
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "given:2: expected" in alert.inner_text()
    open_page.expect("status of 400")


def test_what_does_not_change_in_series_can_be_chosen(open_page, generators, series_run):
    page = open_page(generators, "#/visits")
    made(page)
    page.get_by_label("shop").select_option("b")
    make(page, How_many=3, Seed=1)
    names = page.get_by_role("region", name="load").locator("li:has(.made) .small-name").all_inner_texts()
    assert names == ["1 · b", "2 · b", "3 · b"]
    label = page.locator(".small-chart:has(.made)").first.get_attribute("aria-label")
    assert "load: 8 rows" in label
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    rows = download.value.path().read_text().splitlines()[1:]
    assert len(rows) == 24
    assert {row.split(",")[2] for row in rows} == {"b"}


def test_lines_stand_beside_real_ones(open_page, generators, lines_run):
    page = open_page(generators, "#/captions")
    made(page)
    page.get_by_label("Class").select_option("dog")
    page.get_by_label("Temperature").fill("0.7")
    page.get_by_text("Begin lines with").click()
    page.get_by_label("Begin lines with").fill("a dog\n")
    make(page, How_many=4, Seed=3)
    real(page)
    lines = load(lines_run).sample(4, seed=3, label="dog", temperature=0.7, given=["a dog"])
    shown = page.get_by_role("region", name="Made by the network").locator("li").all_inner_texts()
    assert shown == lines
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as text").click()
    assert download.value.path().read_text().splitlines() == lines
    known = {"a man rides a bike .", "a dog runs on grass .", "two men sit .", "a dog sleeps ."}
    assert set(page.get_by_role("region", name="Real").locator("li").all_inner_texts()) <= known


def clip_sources(page, origin):
    return page.get_by_role("region", name=origin).locator("img").evaluate_all("images => images.map(({ src }) => src)")


def test_clips_move_and_can_be_kept(open_page, generators, clips_run):
    page = open_page(generators, "#/squares", reduced_motion="no-preference")
    make(page, How_many=2, Seed=3)
    real(page)
    sources = clip_sources(page, "Made by the network")
    assert len(sources) == 2
    assert all(
        base64.b64decode(source.removeprefix("data:image/gif;base64,")).startswith(b"GIF89a") for source in sources
    )
    assert clip_sources(page, "Real")
    assert page.evaluate("[...document.images].every(({ complete, naturalWidth }) => complete && naturalWidth > 0)")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download clip 2").click()
    assert download.value.suggested_filename == "squares-2.gif"
    assert base64.b64encode(download.value.path().read_bytes()).decode() in sources[1]


def test_nothing_moves_for_who_wants_that(open_page, generators):
    page = open_page(generators, "#/squares", reduced_motion="reduce")
    made(page)
    real(page)
    assert all(source.startswith("data:image/png;") for source in clip_sources(page, "Made by the network"))
    image = page.locator(".sample-clip").first
    assert (image.get_attribute("width"), image.get_attribute("height")) == ("96", "16")  # six frames side by side


@pytest.mark.parametrize("name", ["visits", "captions", "squares"])
def test_a_person_guesses_which_are_real(open_page, generators, name):
    page = open_page(generators, f"#/{name}")
    real(page)
    page.get_by_role("button", name="Guess which are real").click()
    items = page.locator(".guess-items li")
    items.first.wait_for()
    count = items.count()
    reveal = page.get_by_role("button", name="Reveal")
    assert reveal.is_disabled()
    assert not re.search("was made|is real|network 1", page.locator(".guess-items").inner_html())
    for i in range(count):
        items.nth(i).get_by_label("real").check()
    reveal.click()
    page.get_by_role("status").filter(has_text=f"of {count}. In all rounds").wait_for()
    right = page.locator(".guess-items .right").count()
    assert page.get_by_text("It is real.").count() == right
    assert page.get_by_text("It was made by the network.").count() == count - right
    assert f"Right: {right} of {count}." in page.locator(".guess-score").inner_text()
    page.get_by_role("button", name="Another round").click()
    page.get_by_role("button", name="Reveal").wait_for()
    assert page.locator("input:checked").count() == 0


def test_the_chance_of_a_coin_is_told(open_page, generators):
    page = open_page(generators, "#/captions")
    chances = page.evaluate(
        "import('/page/samples/guess.js').then(({ tail }) => [tail(0, 8), tail(8, 8), tail(4, 8), tail(12, 16)])"
    )
    assert chances == pytest.approx([1, 1 / 256, 163 / 256, 2517 / 65536])


def test_a_place_without_real_samples_says_why(open_page, serving, series_run, tmp_path):
    run = shutil.copytree(series_run, tmp_path / "visits")
    config = (run / "config.json").read_text()
    assert str(series_run.parent / "visits.csv") in config
    with serving(run, real_samples="none") as address:
        page = open_page(address)
        made(page)
        page.get_by_text("This server shows real samples to clients on its own machine only").wait_for()
        assert page.get_by_role("button", name="Guess which are real").count() == 0
        assert page.locator(".small-chart").count() > 0


def test_the_report_is_shown(open_page, serving, series_run, tmp_path):
    run = shutil.copytree(series_run, tmp_path / "visits")
    report = '{"conclusion": "It beats it.", "summary": {"columns": ["", "made"], "rows": [["discriminative", "0.1"]]}}'
    (run / "report.json").write_text(report)
    with serving(run) as address:
        page = open_page(address)
        page.get_by_text("It beats it.").wait_for()
        assert page.get_by_role("row", name="discriminative 0.1").count() == 1


@pytest.mark.parametrize("name", ["visits", "captions", "squares"])
def test_a_phone_needs_no_scrolling_sideways(open_page, generators, name):
    phone = {"viewport": {"width": 390, "height": 700}, "has_touch": True, "is_mobile": True}
    for motion in ("reduce", "no-preference"):
        page = open_page(generators, f"#/{name}", reduced_motion=motion, **phone)
        real(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_role("button", name="Guess which are real").click()
        page.locator(".guess-items li").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
