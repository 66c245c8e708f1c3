"""Translating while one writes, and going on from any word, as a person does it."""

import math

import pytest

from recurra import load

SOURCE = "ein Hund rennt"


@pytest.fixture
def page(open_page, german_address):
    return open_page(german_address)


@pytest.fixture(scope="module")
def translator(german):
    return load(german)


def write(page, text=SOURCE):
    page.get_by_label("Text to translate").fill(text)
    page.locator(".translated .symbol").first.wait_for()


def described(translator, prefix="", source=SOURCE):
    options = {"n_best": 4, "top_tokens": 8, "with_beam": True, "with_alignment": True}
    return translator.describe([source], prefix=prefix, **options)[0]


def texts(tokens):
    return [token["text"] or "end" for token in tokens]


def percent(log_probability):
    share = math.exp(log_probability) * 100
    return "< 0.1 %" if share < 0.1 else f"{share:.{1 if share < 10 else 0}f} %"


def shown(page):
    return page.locator(".translated .symbol").all_text_contents()


def wait_for(page, tokens):
    from playwright.sync_api import expect

    expect(page.locator(".translated .symbol")).to_have_text(texts(tokens))


def test_translations_are_those_of_python(page, translator):
    write(page)
    expected = described(translator)["translations"]
    assert shown(page) == texts(expected[0]["tokens"])
    rows = page.locator(".best-list li").all_inner_texts()
    assert [row.split("\n") for row in rows] == [[one["text"], percent(one["log_probability"])] for one in expected]
    page.locator(".best-list button").nth(2).click()
    wait_for(page, expected[2]["tokens"])


def test_the_attention_is_shown_by_words_and_by_symbols(page, translator):
    write(page)
    answer = described(translator)
    best = answer["translations"][0]

    def weights():
        shares = "cells => cells.map(cell => Number(cell.style.getPropertyValue('--share')))"
        return [row.locator(".cell").evaluate_all(shares) for row in page.locator(".attention tbody tr").all()]

    for row, expected in zip(weights(), best["attention"], strict=True):
        assert row == pytest.approx(expected, abs=1e-5)
    page.locator(".cell").nth(4).hover()
    page.get_by_text(f"For “{best['text'].split()[1]}” the network looked at “Hund”").wait_for()
    assert page.locator(".translated .pointed").all_text_contents() == [best["tokens"][1]["text"]]
    page.get_by_role("checkbox", name="symbol by symbol").check()
    for row, token in zip(weights(), best["tokens"], strict=True):
        assert row == pytest.approx(token["attention"], abs=1e-5)


def test_another_symbol_is_chosen_and_the_translation_goes_on(page, translator):
    write(page)
    before = described(translator)["translations"][0]["tokens"]
    page.locator(".translated .symbol").nth(1).click()
    popup = page.get_by_role("group", name="Alternatives")
    other = next(one for one in before[1]["alternatives"] if one["text"] and one["symbol"] != before[1]["symbol"])
    row = popup.get_by_role("button").filter(has_text=other["text"].strip()).first
    assert percent(other["log_probability"]) in row.inner_text()
    row.click()
    page.locator(".branch.forced").wait_for()
    after = described(translator, [before[0]["symbol"], other["symbol"]])["translations"]
    wait_for(page, after[0]["tokens"])
    assert page.locator(".translated .chosen").all_text_contents() == texts(after[0]["tokens"][:2])
    page.get_by_role("button", name="Back to before your choice").click()
    wait_for(page, before)
    assert page.locator(".translated .chosen").count() == 0


def test_a_word_of_ones_own_is_put_there(page, translator, open_page):
    write(page)
    page.locator(".translated .symbol").nth(1).click()
    field = page.get_by_label("Or a word of your own")
    assert field.input_value() == described(translator)["translations"][0]["text"].split()[1]
    field.fill("bird")
    field.press("Enter")
    page.locator(".branch.forced").wait_for()
    wait_for(page, described(translator, "a bird")["translations"][0]["tokens"])
    page.locator(".translated .symbol").nth(1).click()
    field.fill("zebra")
    field.press("Enter")
    page.get_by_role("alert").filter(has_text="got 'zebra'").wait_for()
    open_page.expect("status of 400")
    page.get_by_role("button", name="Back to before your choice").click()
    page.get_by_role("alert").wait_for(state="detached")


def test_the_beam_is_a_tree_to_go_on_from(page, translator):
    write(page)
    answer = described(translator)
    leaves = page.locator(".branch.kept > .leaf").all_inner_texts()
    expected = [f"{number}: {percent(one['log_probability'])}" for number, one in enumerate(answer["translations"], 1)]
    assert sorted(leaves) == expected
    dropped = page.locator(".branch.dropped > .branch-text").first
    word = dropped.locator("span").inner_text()
    dropped.click()
    page.locator(".branch.forced").wait_for()
    assert word in page.locator(".branch.forced").first.locator("> .branch-text span").inner_text()


def test_everything_is_done_by_keyboard(page, translator):
    write(page)
    page.locator(".translated .symbol[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    word = described(translator)["translations"][0]["text"].split()[1]
    assert page.locator(".attention tr.pointed th").inner_text() == word
    page.keyboard.press("Enter")
    page.get_by_role("group", name="Alternatives").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("group", name="Alternatives").wait_for(state="detached")
    assert page.evaluate("document.activeElement.textContent") == f" {word}"
    page.keyboard.press("Enter")
    page.locator(".alternative:focus").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".branch.forced").wait_for()


def test_the_translation_follows_while_one_types(page):
    box = page.get_by_label("Text to translate")
    box.press_sequentially("ein Mann")
    page.locator(".translated").filter(has_text="man").wait_for()
    box.press_sequentially(" singt")
    page.locator(".attention th.column").nth(2).wait_for()
    box.fill("")
    page.locator(".translated").wait_for(state="detached")
    page.get_by_label("Width of the beam").fill("1")
    box.fill("Hund")  # one word: symbol by symbol
    page.get_by_role("checkbox", name="symbol by symbol").wait_for()
    assert page.get_by_role("checkbox", name="symbol by symbol").is_checked()
    assert page.locator(".best-list").count() == 0


def test_a_translator_without_attention_is_not_asked_where_it_looked(open_page, german, serving, folder):
    from recurra import Translator

    blind = Translator(hidden_size=8, embedding_size=8, epochs=1, attention="none", tokenizer="char", threads=1)
    blind.fit(["ab", "ba"] * 8, ["b a", "a b"] * 8, out=folder / "blind", progress=False)
    with serving(folder / "blind") as address:
        page = open_page(address)
        write(page, "ab")
        page.locator(".branch").first.wait_for()
        assert page.locator(".attention").count() == 0


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_needs_no_scrolling_sideways(open_page, german_address, width):
    page = open_page(german_address, viewport={"width": width, "height": 700}, has_touch=True, is_mobile=True)
    write(page, "ein Hund rennt und singt und lacht " * 3)
    page.locator(".translated .symbol").nth(1).tap()
    box = page.get_by_role("group", name="Alternatives")
    box.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert 0 <= box.bounding_box()["x"] <= box.bounding_box()["x"] + box.bounding_box()["width"] <= width


@pytest.mark.parametrize(
    ("parts", "numbers"),
    [
        (["a", " dog", " runs", ""], [0, 1, 2, -1]),
        (["a", " ", "d", "og", " ", "runs"], [0, -1, 1, 1, -1, 2]),
        ([" in a", "x b"], [0, 1]),
        (["我", "在", ""], [0, 0, -1]),
        ([], []),
    ],
)
def test_symbols_know_their_words(page, parts, numbers):
    found = page.evaluate(
        "parts => import('/page/translation/symbols.js').then(symbols => symbols.wordNumbers(parts))", parts
    )
    assert found == numbers


def test_symbols_that_follow_alone_are_one_branch(page):
    nodes = [
        {"parent": None, "symbol": 1, "text": "a", "log_probability": math.log(0.9), "ended": False},
        {"parent": None, "symbol": 2, "text": "b", "log_probability": math.log(0.1), "ended": False},
        {"parent": 0, "symbol": 3, "text": "c", "log_probability": math.log(0.45), "ended": False},
        {"parent": 2, "symbol": 9, "text": "", "log_probability": math.log(0.36), "ended": True},
        {"parent": 1, "symbol": 3, "text": "c", "log_probability": math.log(0.05), "ended": False},
        {"parent": 2, "symbol": 4, "text": "d", "log_probability": math.log(0.01), "ended": False},
    ]
    best = [{"tokens": [{"symbol": 1}, {"symbol": 3}, {"symbol": 9}]}]
    module = "import('/page/translation/beam_tree.js')"
    script = f"([nodes, best, most]) => {module}.then(tree => tree.branchesOf(nodes, best, 0, most))"
    tree = page.evaluate(script, [nodes, best, 9])
    first, second = tree["branches"]
    assert (first["text"], first["path"], first["isKept"], first["rank"]) == ("ac", [1, 3], True, -1)
    assert first["share"] == pytest.approx(0.45)
    end, dropped = first["following"]
    assert (end["isEnd"], end["rank"], end["path"]) == (True, 0, [1, 3])
    assert end["share"] == pytest.approx(0.8)
    assert (dropped["text"], dropped["isKept"]) == ("d", False)
    assert (second["text"], second["path"], second["isKept"]) == ("bc", [2, 3], False)
    assert tree["left"] == 0
    few = page.evaluate(script, [nodes, best, 0])
    (only,) = few["branches"]
    assert (only["text"], only["path"], only["rank"], few["left"]) == ("ac", [1, 3], 0, 2)
