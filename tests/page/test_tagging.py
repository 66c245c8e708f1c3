"""Labelling a text while it is written, as a person does it."""

import re

import pytest

from recurra import load

TEXT = "Ann Lee met Tom.\nThey went to Oslo."


@pytest.fixture
def page(open_page, tagging_address):
    return open_page(tagging_address, "#/names")


def write(page, text):
    page.get_by_label("Text", exact=True).fill(text)
    last = text.split("\n")[-1].split()[-1].strip(".")
    page.locator(".tagged").get_by_role("option", name=re.compile(rf"^{re.escape(last)}:")).last.wait_for()


def described(folder, text, **options):
    return load(folder).describe([{"text": line} for line in text.split("\n")], n_best=2, top_labels=8, **options)


def percent(probability):
    share = probability * 100
    return "< 0.1 %" if share < 0.1 else f"{share:.{1 if share < 10 else 0}f} %"


def test_words_are_labelled_as_in_python(page, names):
    write(page, TEXT)
    sentences = page.get_by_role("listbox").all()
    for sentence, expected in zip(sentences, described(names, TEXT), strict=True):
        assert sentence.evaluate("box => box.querySelectorAll('.kind').forEach(kind => kind.remove())") is None
        assert sentence.inner_text().strip() == expected["text"]
        options = sentence.get_by_role("option")
        shown = options.evaluate_all("words => words.map(word => word.getAttribute('aria-label'))")
        words = zip(expected["words"], expected["labels"], expected["probabilities"], strict=True)
        said = [f"{word}: {label}, {percent(chance)}" for word, label, chance in words]
        for number in expected["unknown"]:
            said[number] += ", unknown word"
        assert shown == said
        spans = sentence.get_by_role("group").evaluate_all(
            "spans => spans.map(span => span.getAttribute('aria-label'))"
        )
        assert spans == [f"{span['type']}, {percent(span['probability'])}" for span in expected["spans"]]


def test_a_word_shows_its_likeliest_labels(page, names):
    write(page, TEXT)
    expected = described(names, TEXT)[0]
    least = min(range(5), key=expected["probabilities"].__getitem__)
    panel = page.get_by_role("region", name="Labels of")
    assert expected["words"][least] in panel.get_by_role("heading").inner_text()
    page.get_by_role("option", name=re.compile("^Lee:")).hover()
    panel.get_by_text("Lee").wait_for()
    rows = [row.split("\n") for row in panel.get_by_role("listitem").all_inner_texts()]
    for row, label in zip(rows, expected["top_labels"][1], strict=True):
        assert row[0].removesuffix(" ✓") == label["label"]
        assert row[-1] == percent(label["probability"])
        assert row[0].endswith("✓") == (label["label"] == expected["labels"][1])


def test_the_second_best_labels_are_shown_beneath(page, names):
    write(page, TEXT)
    for place, expected in enumerate(described(names, TEXT)):
        best, second = expected["paths"]
        beneath = page.locator(".second-best").nth(place)
        assert percent(2.718281828459045 ** second["log_probability"]) in beneath.inner_text()
        changed = [
            word
            for word, one, other in zip(expected["words"], best["labels"], second["labels"], strict=True)
            if one != other
        ]
        assert beneath.locator("mark").all_inner_texts() == changed


def test_arrow_keys_go_from_word_to_word(page):
    write(page, TEXT)
    page.locator(".word[tabindex='0']").first.focus()
    page.keyboard.press("Home")
    for word in ("Lee", "met"):
        page.keyboard.press("ArrowRight")
        page.get_by_role("region", name="Labels of").get_by_text(word).wait_for()
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.textContent") == "."


def test_the_labels_follow_while_one_types(page):
    box = page.get_by_label("Text", exact=True)
    box.press_sequentially("Bob went")
    page.get_by_role("option", name=re.compile("^went:")).wait_for()
    box.press_sequentially(" to Bern")
    page.get_by_role("option", name=re.compile("^Bern:")).wait_for()
    box.fill("  \n ")
    page.locator(".tagged").first.wait_for(state="detached")
    assert page.get_by_role("region", name="Labels of").count() == 0
    box.fill("?!... ,")
    page.get_by_role("option", name=re.compile("^,:")).wait_for()


def test_an_example_is_tried(page):
    page.get_by_role("button", name="Try an example").click()
    page.get_by_role("option", name=re.compile("^University:")).wait_for()
    assert page.get_by_role("button", name="Try an example").count() == 0


def test_characters_are_labelled_in_the_column_that_is_chosen(open_page, tagging_address, parts):
    page = open_page(tagging_address, "#/parts")
    page.get_by_label("Text", exact=True).fill("我去北京")
    page.get_by_role("option", name=re.compile("^京:")).wait_for()
    (expected,) = load(parts).describe([{"text": "我去北京"}])
    for name in ("part", "size"):
        page.get_by_role("button", name=name, exact=True).click()
        page.get_by_role("button", name=name, exact=True, pressed=True).wait_for()
        labels = page.get_by_role("listbox").locator(".kind").all_inner_texts()
        assert labels == expected["columns"][name]["labels"]


def test_a_text_stays_while_one_looks_elsewhere(page):
    write(page, TEXT)
    page.get_by_role("link", name="parts").click()
    page.locator("h1").filter(has_text="parts").wait_for()
    page.get_by_role("link", name="names").click()
    page.get_by_role("option", name=re.compile("^Oslo:")).wait_for()


def test_what_is_refused_is_said(open_page, names, serving):
    with serving(names, max_input_symbols=10) as address:
        page = open_page(address)
        page.get_by_label("Text", exact=True).fill("a text of more than ten characters")
        page.get_by_role("alert").wait_for()
        assert "at most 10 characters" in page.get_by_role("alert").inner_text()
        open_page.expect("status of 400")


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_needs_no_scrolling_sideways(open_page, tagging_address, width):
    page = open_page(
        tagging_address, "#/names", viewport={"width": width, "height": 700}, has_touch=True, is_mobile=True
    )
    write(page, TEXT + "\n" + "Longwordwithoutspaces" * 8)
    page.get_by_role("option").first.tap()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
