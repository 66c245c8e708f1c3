"""axe-core finds nothing to complain of: in light and dark, in both languages, on a phone."""

import pytest


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_writing_is_accessible(open_page, address, violations, scheme, locale):
    page = open_page(address, bypass_csp=True, color_scheme=scheme, locale=locale)
    assert violations(page) == []
    page.get_by_label("Length" if locale == "en-US" else "长度").fill("60")  # each symbol is looked at
    page.locator(".prompt button.primary").click()
    page.locator(".field").wait_for()
    page.locator(".symbol").nth(12).hover()
    page.locator(".alternatives").wait_for()
    assert violations(page) == []
    page.locator(".chip").first.click()
    page.locator(".unit-curve").wait_for()
    assert violations(page) == []


def test_a_phone_is_accessible(open_page, address, violations):
    page = open_page(address, bypass_csp=True, viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True)
    page.get_by_label("Length").fill("60")
    page.locator(".prompt button.primary").click()
    page.locator(".field").wait_for()
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_answers_are_accessible(open_page, reader, serving, violations, scheme):
    with serving(reader) as address:
        page = open_page(address, bypass_csp=True, color_scheme=scheme)
        assert violations(page) == []
        page.locator("textarea").fill("rain and wind\nthe team lost Xylophone")
        page.locator(".reason").nth(3).wait_for()
        page.get_by_role("slider").focus()
        page.keyboard.press("ArrowLeft")
        page.locator(".reason.unread").wait_for()
        page.locator(".sentence-answer").filter(has_text="%").first.wait_for()
        assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_samples_are_accessible(open_page, series_run, lines_run, clips_run, serving, violations, scheme):
    with serving(series_run, lines_run, clips_run) as address:
        for name in ("visits", "captions", "squares"):
            page = open_page(address, f"#/{name}", bypass_csp=True, color_scheme=scheme)
            guess = page.get_by_role("button", name="Guess which are real")
            guess.wait_for()
            for summary in page.locator("summary").all():
                summary.click()
            assert violations(page) == []
            guess.click()
            page.locator(".guess-items li").first.wait_for()
            assert violations(page) == []
            for item in page.locator(".guess-items li").all():
                item.get_by_label("made").check()
            page.get_by_role("button", name="Reveal").click()
            page.get_by_role("button", name="Another round").wait_for()
            assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("run", ["names", "parts"])
def test_tagging_is_accessible(open_page, tagging_address, violations, scheme, run):
    page = open_page(tagging_address, f"#/{run}", bypass_csp=True, color_scheme=scheme)
    assert violations(page) == []
    page.locator("textarea").fill("Ann Lee met Bob in 北京")
    page.locator(".second-best").wait_for()
    page.get_by_role("option").nth(2).hover()
    assert violations(page) == []


@pytest.mark.parametrize(("scheme", "locale"), [("light", "en-US"), ("dark", "zh-CN")])
def test_the_course_is_accessible(open_page, address, violations, scheme, locale):
    page = open_page(address, "#//course", bypass_csp=True, color_scheme=scheme, locale=locale)
    page.locator(".course-list a").first.wait_for()
    assert violations(page) == []
    page.locator(".course-list a").nth(1).click()
    page.locator(".chapter h2").first.wait_for()
    page.locator("summary").first.click()
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_translation_is_accessible(open_page, german_address, violations, scheme):
    page = open_page(german_address, bypass_csp=True, color_scheme=scheme)
    assert violations(page) == []
    page.get_by_label("Text to translate").fill("ein Hund rennt")
    page.locator(".branch").first.wait_for()
    page.locator(".cell").nth(2).hover()
    assert violations(page) == []
    page.locator(".translated .symbol").nth(1).click()
    page.locator(".alternative:not([aria-current])").first.click()
    page.locator(".branch.forced").wait_for()
    page.locator(".translated .symbol").nth(1).click()
    page.locator(".alternatives").wait_for()
    assert violations(page) == []
