"""Classifiers and regressors, asked as a person asks them."""

import json

import httpx
import numpy as np
import pytest

from recurra import SequenceClassifier, SequenceRegressor, load
from recurra.explain.attribution import attribution

FAST = {"hidden_size": 8, "epochs": 8, "learning_rate": 0.02, "threads": 1}


@pytest.fixture(scope="session")
def shapes(folder):
    """The folder of a small classifier of series of one number a step: whether they rise."""
    rising = [[round(0.1 * step + 0.01 * i, 3) for step in range(6 + i % 4)] for i in range(20)]
    series = rising + [each[::-1] for each in rising]
    SequenceClassifier(**FAST).fit(series, ["up"] * 20 + ["down"] * 20, out=folder / "shapes", progress=False)
    return folder / "shapes"


@pytest.fixture(scope="session")
def pictures(folder):
    """The folder of a small classifier of pictures, row after row: where the ink is."""
    x = np.zeros((40, 4, 8), np.float32)
    x[:20, :, :2], x[20:, :, 2:4] = 1, 1
    SequenceClassifier(**FAST).fit(x, ["left"] * 20 + ["right"] * 20, out=folder / "pictures", progress=False)
    return folder / "pictures"


@pytest.fixture(scope="session")
def sums(folder):
    """The folder of a small regressor of series of two numbers a step."""
    x = np.random.default_rng(0).normal(size=(40, 6, 2)).astype(np.float32)
    SequenceRegressor(**FAST).fit(x, x.sum((1, 2)), out=folder / "sums", progress=False)
    return folder / "sums"


@pytest.fixture(scope="session")
def steps(folder):
    """The folder of a small classifier with an answer at every step."""
    x = np.random.default_rng(0).normal(size=(20, 6, 1)).astype(np.float32)
    labels = [["plus" if value > 0 else "minus" for value in series[:, 0]] for series in x]
    SequenceClassifier(**FAST, per_step=True).fit(x, labels, out=folder / "steps", progress=False)
    return folder / "steps"


@pytest.fixture(scope="module")
def answers_address(reader, shapes, pictures, sums, steps, serving):
    """The address of a server of all of these."""
    with serving(reader, shapes, pictures, sums, steps) as address:
        yield address


def percent(probability):
    share = probability * 100
    return "< 0.1 %" if share < 0.1 else f"{share:.{1 if share < 10 else 0}f} %"


def write(page, text):
    page.get_by_label("Text", exact=True).fill(text)


def said(page):
    return page.locator(".answer-said")


def shares(page):
    return page.locator(".class-share").all_inner_texts()


def probabilities(run, value):
    return load(run).describe([value])[0]["probabilities"]


def test_a_text_is_answered_while_it_is_written(open_page, answers_address, reader):
    page = open_page(answers_address, "#/reader")
    assert "appears here" in page.locator(".answered").inner_text()
    write(page, "rain in the hills")
    expected = probabilities(reader, "rain in the hills")
    label = max(expected, key=expected.get)
    page.get_by_role("status").filter(has_text=f"{label}, {percent(expected[label])}").wait_for()
    assert shares(page) == [percent(each) for each in expected.values()]
    write(page, "the team")
    expected = probabilities(reader, "the team")
    label = max(expected, key=expected.get)
    page.get_by_role("status").filter(has_text=f"{label}, {percent(expected[label])}").wait_for()
    write(page, "")
    page.get_by_text("The answer appears here").wait_for()


@pytest.mark.parametrize("label", ["sport", "weather"])
def test_words_are_shaded_by_what_speaks_for_the_chosen_class(open_page, answers_address, reader, label):
    page = open_page(answers_address, "#/reader")
    write(page, "rain  and Xylophone lost")
    page.get_by_role("button", name=label).click()
    page.get_by_role("heading", name=f"What speaks for “{label}”").wait_for()
    [expected] = attribution(reader, ["rain and Xylophone lost"], label).sequences
    values = expected.matrix[0]
    words = page.locator(".reason")
    assert words.all_inner_texts() == ["rain", "and", "Xylophone", "lost"]
    strongest = int(np.abs(values).argmax())
    kinds = words.evaluate_all("spans => spans.map(span => span.className)")
    assert f"{'minus' if values[strongest] < 0 else 'plus'}-6" in kinds[strongest]
    assert ["against" in kind for kind in kinds] == [
        bool(value < 0 and round(abs(value) / abs(values).max() * 6)) for value in values
    ]
    assert "unknown" in kinds[2]
    assert "not known to the network" in words.nth(2).get_attribute("title")


def test_how_the_answer_came_about_is_followed_by_keys(open_page, answers_address, reader):
    page = open_page(answers_address, "#/reader")
    write(page, "rain and wind")
    slider = page.get_by_role("slider", name="Place along the input")
    slider.focus()
    for steps, text in ((3, "rain and wind"), (2, "rain and"), (1, "rain")):
        likeliest, other = sorted(probabilities(reader, text).items(), key=lambda each: -each[1])
        where = f"After “{text.split()[-1]}” (step {steps}):"
        expected = f"{where} {likeliest[0]} {percent(likeliest[1])}, {other[0]} {percent(other[1])}"
        page.locator(".along-said").filter(has_text=expected).wait_for()
        assert slider.get_attribute("aria-valuetext") == expected
        page.keyboard.press("ArrowLeft")
    assert page.locator(".reason.unread").all_inner_texts() == ["and", "wind"]


def test_every_line_is_answered_and_one_is_looked_at(open_page, answers_address, reader):
    page = open_page(answers_address, "#/reader")
    write(page, "the team lost\n\nsnow and rain")
    texts = ["the team lost", "snow and rain"]
    for text in texts:
        expected = probabilities(reader, text)
        label = max(expected, key=expected.get)
        row = page.get_by_role("list", name="Texts and their answers").get_by_role("button", name=text)
        row.filter(has_text=f"{label} {percent(expected[label])}").wait_for()
        row.click()
        said(page).filter(has_text=f"{label}, {percent(expected[label])}").wait_for()
        assert row.get_attribute("aria-pressed") == "true"


def test_a_series_is_drawn_by_keys_and_pointer(open_page, answers_address, shapes):
    page = open_page(answers_address, "#/shapes")
    drawing = page.get_by_role("slider", name="Drawing")
    drawing.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    assert drawing.get_attribute("aria-valuetext").startswith("step 2: ")
    drawing.scroll_into_view_if_needed()
    box = drawing.bounding_box()
    page.mouse.move(box["x"] + 2, box["y"] + box["height"] - 8)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 3, box["y"] + 8)
    page.mouse.up()
    said(page).filter(has_text="up, ").wait_for()
    drawn = [float(line) for line in page.get_by_label("The same as numbers").input_value().splitlines()]
    assert len(drawn) == 24
    assert drawn == sorted(drawn)
    assert drawn[-1] > drawn[0] + 0.5
    expected = probabilities(shapes, drawn)
    page.get_by_role("status").filter(has_text=f"up, {percent(expected['up'])}").wait_for()
    assert page.locator(".step-reasons rect").count() == 24


def test_a_picture_is_painted(open_page, answers_address, pictures):
    page = open_page(answers_address, "#/pictures")
    cell = page.locator('[data-cell="0,2"]')
    assert cell.get_attribute("aria-label") == "step 1, number 3: 0"
    page.get_by_role("spinbutton", name="Steps").fill("4")
    page.get_by_role("spinbutton", name="Steps").press("Enter")
    cell.focus()
    for step in range(4):
        page.keyboard.press("ArrowDown" if step else " ")
        if step:
            page.keyboard.press(" ")
    page.locator('[data-cell="0,3"]').click()
    box = page.locator('[data-cell="3,3"]').bounding_box()
    page.mouse.move(*(page.locator('[data-cell="1,3"]').bounding_box()[side] + 5 for side in "xy"))
    page.mouse.down()
    page.mouse.move(box["x"] + 5, box["y"] + 5, steps=20)
    page.mouse.up()
    numbers = [[0, 0, 1, 1, 0, 0, 0, 0]] * 4
    written = page.get_by_label("The same as numbers").input_value()
    assert [json.loads(f"[{line}]") for line in written.splitlines()] == numbers
    expected = probabilities(pictures, numbers)
    page.get_by_role("status").filter(has_text=f"right, {percent(expected['right'])}").wait_for()
    [reasons] = attribution(pictures, [numbers], "right").sequences
    strongest = np.unravel_index(np.abs(reasons.values[0]).argmax(), (4, 8))
    page.get_by_role("heading", name="Which numbers speak for “right”").wait_for()
    assert page.locator(".cell-reasons rect").count() == 32
    assert f"step {strongest[0] + 1}, number {strongest[1] + 1} (" in page.locator(".cell-reasons + .hint").inner_text()
    page.locator('[data-cell="0,3"]').click()
    assert page.get_by_label("The same as numbers").input_value().startswith("0, 0, 1, 0, 0")


def test_a_long_series_is_drawn_as_curves(open_page, answers_address, pictures):
    page = open_page(answers_address, "#/pictures")
    field = page.get_by_label("The same as numbers")
    field.fill("1 0 0 1 0 0 0 0\n" * 200)
    page.get_by_role("heading", name="Draw a series").wait_for()
    assert page.locator(".drawing .along-curve").count() == 8
    page.locator(".answer-said").wait_for()
    assert page.locator(".painting").count() == 0


def test_numbers_are_pasted_and_answered_with_a_number(open_page, answers_address, sums):
    page = open_page(answers_address, "#/sums")
    field = page.get_by_label("The same as numbers")
    field.fill("a,b\n0.5, 1\n-0.25, x")
    page.get_by_role("status").filter(has_text="Line 3: expected numbers.").wait_for()
    field.fill("a,b\n0.5, 1\n-0.25")
    page.get_by_role("status").filter(has_text="Line 3: expected 2 numbers.").wait_for()
    field.fill("a,b\n0.5, 1\n-0.25, 2")
    [expected] = load(sums).describe([[[0.5, 1], [-0.25, 2]]])
    number = page.locator(".answer-number")
    number.wait_for()
    assert float(number.inner_text()) == pytest.approx(expected["answer"], abs=1e-3)
    page.get_by_role("heading", name="What makes the number larger or smaller").wait_for()


def test_of_several_numbers_one_is_explained(open_page, folder, serving):
    x = np.random.default_rng(0).normal(size=(40, 6, 1)).astype(np.float32)
    answers = np.stack([x.sum((1, 2)), x[:, 0, 0]], 1)
    SequenceRegressor(**FAST).fit(x, answers, out=folder / "two", overwrite=True, progress=False)
    series = [0.5, -1.0, 0.25]
    [described] = load(folder / "two").describe([series])
    with serving(folder / "two") as address:
        page = open_page(address)
        page.get_by_label("The same as numbers").fill("0.5, -1, 0.25")
        shown = page.locator(".answer-number span:last-child")
        shown.nth(1).wait_for()
        assert [float(text) for text in shown.all_inner_texts()] == pytest.approx(described["answer"], abs=1e-3)
        second = page.get_by_role("button", name="number 2")
        second.click()
        page.get_by_role("button", name="number 2", pressed=True).wait_for()
        [expected] = attribution(folder / "two", [series], 1).sequences
        strongest = int(np.abs(expected.matrix[0]).argmax())
        assert f"step {strongest + 1} (" in page.locator(".step-reasons + .hint").inner_text()


def test_a_file_of_numbers_is_opened(open_page, answers_address, tmp_path, shapes):
    (tmp_path / "series.csv").write_text("value\n0.1\n0.2\n0.4\n")
    page = open_page(answers_address, "#/shapes")
    page.locator("input[type=file]").set_input_files(tmp_path / "series.csv")
    expected = probabilities(shapes, [0.1, 0.2, 0.4])
    said(page).filter(has_text=f"{percent(max(expected.values()))}").wait_for()
    assert page.get_by_role("spinbutton", name="Steps").input_value() == "3"


def test_the_example_is_that_of_the_signature(open_page, answers_address):
    page = open_page(answers_address, "#/sums")
    page.get_by_role("button", name="Example").click()
    page.locator(".answer-number").wait_for()
    example = httpx.get(f"{answers_address}/v1/models/sums").json()["signature"]["input"]["examples"][0]
    lines = page.get_by_label("The same as numbers").input_value().splitlines()
    np.testing.assert_allclose([json.loads(f"[{line}]") for line in lines], example, atol=0.02)


def test_answers_at_every_step_are_followed(open_page, answers_address, steps):
    page = open_page(answers_address, "#/steps")
    values = [1.0, -1.0, 2.0]
    page.get_by_label("The same as numbers").fill("1\n-1\n2")
    [expected] = load(steps).describe([values])
    page.get_by_role("heading", name="Answer at step 3").wait_for()
    page.get_by_role("slider", name="Place along the input").focus()
    page.keyboard.press("ArrowLeft")
    page.get_by_role("heading", name="Answer at step 2").wait_for()
    assert shares(page) == [percent(each) for each in expected["probabilities"][1].values()]


def test_what_the_server_refuses_is_said(open_page, reader, serving):
    with serving(reader, max_input_symbols=5) as address:
        page = open_page(address)
        write(page, "rain and wind")
        assert "at most 5 characters" in page.get_by_role("alert").inner_text()
        open_page.expect("status of 400")


@pytest.mark.parametrize(("width", "locale"), [(320, "en-US"), (390, "zh-CN")])
@pytest.mark.parametrize("run", ["reader", "pictures", "sums"])
def test_a_phone_needs_no_scrolling_sideways(open_page, answers_address, run, width, locale):
    size = {"width": width, "height": 700}
    page = open_page(answers_address, f"#/{run}", viewport=size, has_touch=True, is_mobile=True, locale=locale)
    field = page.locator("textarea")
    field.fill({"reader": "rain and wind", "pictures": "1 0 0 1 0 0 0 0\n1 0 1 0 0 0 0 0", "sums": "1 2\n3 4"}[run])
    page.locator(".along").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
