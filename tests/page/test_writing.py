"""Writing with a language model, as a person does it."""

import pytest


@pytest.fixture
def page(open_page, address):
    return open_page(address)


def write(page, prompt="the ", length=60, seed=3):
    page.get_by_label("The text begins with").fill(prompt)
    page.get_by_label("Seed").fill(str(seed))
    slide(page, "Length", length)
    page.get_by_role("button", name="Write").click()
    done(page)


def slide(page, label, value):
    page.get_by_label(label, exact=True).fill(str(value))


def done(page):
    page.get_by_role("status").filter(has_text="a second").wait_for()


def text_of(page):
    return page.locator(".text-box").evaluate("box => box.textContent")


def test_a_text_is_written_symbol_by_symbol(page):
    write(page, length=60)
    assert text_of(page).startswith("the ")
    assert page.locator(".symbol").count() == 4 + 60
    assert page.locator(".symbol.prompt").count() == 4
    assert "60 symbols written" in page.get_by_role("status").inner_text()


def test_the_same_seed_writes_the_same_text(page):
    write(page, seed=5)
    first = text_of(page)
    write(page, seed=6)
    assert text_of(page) != first
    write(page, seed=5)
    assert text_of(page) == first


def test_surprising_symbols_are_shaded(page):
    write(page, prompt="the quick xylophone"[:10] + "zzz")
    shades = page.locator(".symbol").evaluate_all(
        "spans => spans.map(span => [...span.classList].find(name => name.startsWith('shade-')))"
    )
    assert shades[0] == "shade-0"  # nothing predicted it
    assert int(shades[10].removeprefix("shade-")) >= 3  # z after "the quick "
    assert len(set(shades)) > 2


def test_a_symbol_shows_its_alternatives_and_a_click_goes_on_from_there(page):
    write(page)
    before = text_of(page)
    page.locator(".symbol").nth(20).hover()
    popup = page.get_by_role("group", name="Alternatives")
    popup.wait_for()
    other = popup.locator(".alternative:not([aria-current])").filter(has_text="%").first
    symbol = other.locator(".alternative-symbol:not(.named)").or_(other.locator(".alternative-symbol")).inner_text()
    symbol = {"space": " ", "line end": "\n"}.get(symbol, symbol)
    other.click()
    page.locator(".symbol.chosen").wait_for()
    done(page)
    assert text_of(page)[:20] == before[:20]
    assert text_of(page)[20] == symbol != before[20]
    assert page.locator(".symbol").count() == 20 + 1 + 60
    page.get_by_role("button", name="Back to the text before").click()
    page.locator(".symbol").nth(63).wait_for()
    assert text_of(page) == before


def test_everything_is_done_by_keyboard(page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "prompt":
            break
    page.keyboard.press("Control+A")
    page.keyboard.type("the dog")
    page.keyboard.press("Control+Enter")
    done(page)
    assert text_of(page).startswith("the dog")
    while page.evaluate("document.activeElement.getAttribute('role')") != "option":
        page.keyboard.press("Tab")
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    assert page.evaluate("[...document.activeElement.parentElement.children].indexOf(document.activeElement)") == 9
    page.get_by_role("group", name="Alternatives").wait_for()
    assert "%" in page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.className") == "alternative"
    page.keyboard.press("Escape")
    assert page.evaluate("[...document.activeElement.parentElement.children].indexOf(document.activeElement)") == 9
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".symbol.chosen").wait_for()
    assert page.locator(".symbol").nth(9).get_attribute("class").split()[1] == "chosen"


def test_stop_ends_the_text_and_go_on_goes_on(page):
    page.get_by_label("Length", exact=True).evaluate("slider => { slider.max = 50000; }")
    slide(page, "Length", 50_000)
    page.get_by_role("button", name="Write").click()
    page.locator(".symbol").nth(10).wait_for()
    page.get_by_role("button", name="Stop").click()
    done(page)
    stopped = text_of(page)
    assert 10 < len(stopped) < 50_000
    page.wait_for_timeout(200)
    assert text_of(page) == stopped
    slide(page, "Length", 20)
    page.get_by_role("button", name="Go on").click()
    page.locator(".symbol").nth(len(stopped) + 19).wait_for()
    assert text_of(page).startswith(stopped)
    assert len(text_of(page)) == len(stopped) + 20


def test_a_chosen_unit_colors_the_text(page):
    write(page)
    page.get_by_role("group", name="Change most:").get_by_role("button").first.click()
    page.locator(".symbol[class*='plus-'], .symbol[class*='minus-']").first.wait_for()
    assert page.locator(".symbol[class*='shade-']").count() == 0
    field = page.get_by_role("slider", name="Unit that colors the text")
    unit = int(field.get_attribute("aria-valuenow"))
    assert 1 <= unit <= 12
    field.press("Home")
    assert field.get_attribute("aria-valuetext").startswith("Unit 1")
    field.press("ArrowRight")
    assert field.get_attribute("aria-valuenow") == "2"
    page.get_by_role("img", name="Unit 2 along the text").wait_for()
    field.press("Escape")
    page.locator(".symbol[class*='shade-']").first.wait_for()
    assert page.locator(".symbol[class*='plus-']").count() == 0


def test_units_are_those_of_the_symbol_that_is_pointed_at(page, fox):
    import recurra

    write(page, prompt="the quick", length=20)
    states = recurra.load(fox).features(text_of(page))
    page.get_by_role("slider", name="Unit that colors the text").press("Home")
    page.locator(".symbol").nth(5).hover()
    page.get_by_role("group", name="Alternatives").wait_for()
    shown = page.locator(".unit-says").inner_text()
    assert float(shown.removeprefix("Unit 1: ").replace("−", "-")) == pytest.approx(float(states[5, 0]), abs=0.02)


def test_an_empty_prompt_begins_a_text(page):
    write(page, prompt="", length=40)
    assert page.locator(".symbol").count() == 40
    assert page.locator(".symbol.prompt").count() == 0


def test_what_the_model_does_not_know_is_said(open_page, address):
    page = open_page(address)
    page.get_by_label("The text begins with").fill("ß")
    page.get_by_role("button", name="Write").click()
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "characters that the model knows" in alert.inner_text()
    open_page.expect("status of 400")


def test_what_is_written_is_told_to_screen_readers_in_pieces(page):
    write(page, length=200)
    log = page.get_by_role("log")
    assert "".join(log.locator("p").all_text_contents()) == text_of(page)[4:]
    assert log.locator("p").count() < 20


def test_a_text_stays_while_one_looks_elsewhere(open_page, fox, reader, serving):
    with serving(fox, reader) as address:
        page = open_page(address, "#/fox")
        write(page)
        before = text_of(page)
        page.get_by_role("link", name="reader").click()
        page.locator(".text-box").wait_for(state="detached")
        page.get_by_role("link", name="fox").click()
        page.locator(".symbol").nth(63).wait_for()
        assert text_of(page) == before
