"""The page in a browser: a server on a port of its own, and chromium, which Playwright drives."""

import os
import shutil
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn

from recurra import LanguageModel, SequenceClassifier, Tagger, Translator
from recurra.serve import ServeSettings, create_app
from recurra.serve.runs import Runs

TEXT = "the quick brown fox jumps over the lazy dog, and rests.\n" * 30
TAGGER = {"hidden_size": 12, "word_embedding_size": 8, "learning_rate": 0.02, "batch_size": 8, "threads": 1}
TAGGED = [["Ann", "Lee", "met", "Bob", "."], ["They", "went", "to", "Bern", "."], ["Go", "!"]] * 8
LABELS = [["B-PER", "I-PER", "O", "B-PER", "O"], ["O", "O", "O", "B-LOC", "O"], ["O", "O"]] * 8
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CONTEXTS = defaultdict(list)  # address → the browser's contexts that look at it
ALLOWED = ("--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("page")


@pytest.fixture(scope="session")
def fox(folder):
    """The folder of a small language model of characters."""
    text = folder / "text.txt"
    text.write_text(TEXT)
    settings = {"hidden_size": 12, "num_layers": 1, "batch_size": 4, "sequence_length": 10, "epochs": 3, "threads": 1}
    LanguageModel(**settings, learning_rate=0.01).fit(text, out=folder / "fox", progress=False)
    return folder / "fox"


@pytest.fixture(scope="session")
def reader(folder):
    """The folder of a small classifier of texts."""
    texts, labels = (
        ["rain and wind", "a goal was scored", "snow in the hills", "the team lost"] * 10,
        ["weather", "sport"],
    )
    settings = {"hidden_size": 8, "epochs": 8, "learning_rate": 0.02, "threads": 1}
    SequenceClassifier(**settings).fit(texts, labels * 20, out=folder / "reader", progress=False)
    return folder / "reader"


def close_contexts(*addresses):
    """Close all pages of some servers."""
    for address in addresses:
        for context in CONTEXTS.pop(address, ()):
            context.close()


@contextmanager
def serving_runs(*folders, **settings):
    """The address of a server of some runs."""
    app = create_app(Runs(folders), ServeSettings(**{"sessions": ""} | settings))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until = time.monotonic() + 60
        while not (server.started and len(app.state.server.runs.ready) == len(folders)):
            assert time.monotonic() < until, "the server has not started"
            time.sleep(0.01)
        address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        yield address
        close_contexts(address)  # a page that asks again once the server is gone would complain
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def serving():
    """`serving_runs`, for tests."""
    return serving_runs


@pytest.fixture(scope="session")
def address(fox):
    """The address of a server of the language model."""
    with serving_runs(fox) as address:
        yield address


@pytest.fixture(scope="session")
def names(folder):
    """The folder of a small tagger of spans."""
    Tagger(**TAGGER, epochs=4).fit(TAGGED, LABELS, out=folder / "names", progress=False)
    return folder / "names"


@pytest.fixture(scope="session")
def parts(folder):
    """The folder of a small tagger of two columns of plain labels, whose words are Chinese characters."""
    words = [list("我在北京学习"), list("他去上海")] * 6
    parts, sizes = [["P", "V", "N", "N", "V", "V"], ["P", "V", "N", "N"]] * 6, [["a"] * 6, ["b"] * 4] * 6
    Tagger(**TAGGER, epochs=2).fit(words, {"part": parts, "size": sizes}, out=folder / "parts", progress=False)
    return folder / "parts"


@pytest.fixture(scope="session")
def tagging_address(names, parts):
    """The address of a server of both."""
    with serving_runs(names, parts) as address:
        yield address


@pytest.fixture(scope="session")
def german(folder):
    """The folder of a small translator of words."""
    nouns, verbs = (
        {"Hund": "dog", "Mann": "man", "Vogel": "bird"},
        {"rennt": "runs", "singt": "sings", "lacht": "laughs"},
    )
    pairs = [(f"ein {a} {b}", f"a {nouns[a]} {verbs[b]}") for a in nouns for b in verbs] * 8
    sizes = {"hidden_size": 16, "embedding_size": 12, "tokenizer": "word", "max_length": 20, "beam_size": 4}
    learning = {"epochs": 12, "learning_rate": 0.02, "batch_tokens": 100, "average_decay": 0.9, "threads": 1}
    made = Translator(source="de", target="en", **sizes, **learning)
    made.fit(*zip(*pairs, strict=True), out=folder / "german", progress=False)
    return folder / "german"


@pytest.fixture(scope="session")
def german_address(german):
    """The address of a server of it."""
    with serving_runs(german) as address:
        yield address


@pytest.fixture(scope="module")  # while it runs, no event loop may be begun in this thread
def browser():
    """Chromium; the tests skip where there is none."""
    if CHROMIUM is None:
        missing = pytest.fail if os.environ.get("CI") else pytest.skip  # .ci/run installs it
        missing("needs chromium: make browser installs it")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ALLOWED))
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser):
    """Open pages; none of them may complain, break its policy or ask another machine for anything.

    What a browser may complain of, such as an answer of status 400, `open_page.expect` is told a part of: a complaint
    may come after what the page shows.
    """
    complaints, expected = [], []

    def open_page(address, hash_="", **options):
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}, "locale": "en-US"} | options))
        CONTEXTS[address].append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.append(request.url) if is_elsewhere(request.url) else None)
        page.goto(f"{address}/{hash_}")
        page.locator("h1").wait_for()
        page.locator("[aria-busy=true]").wait_for(state="detached")  # the scripts of the place that is shown
        return page

    def is_elsewhere(url):
        parts = urlsplit(url)
        return parts.scheme not in ("blob", "data") and parts.hostname != "127.0.0.1"

    open_page.expect = expected.append
    yield open_page
    close_contexts(*CONTEXTS)
    assert [text for text in complaints if not any(part in text for part in expected)] == []


@pytest.fixture(scope="session")
def violations():
    """What axe-core finds to complain of on a page, which must have been opened with `bypass_csp`."""
    axe = Path(__file__).parent / "vendored" / "axe.min.js"

    def violations(page):
        if page.evaluate("typeof axe") == "undefined":
            page.add_script_tag(path=axe)
        result = page.evaluate("axe.run()")
        return [f"{rule['id']}: {node['html'][:200]}" for rule in result["violations"] for node in rule["nodes"]]

    return violations
