"""A classifier of sounds: files and recordings, made ready in the page."""

import io
import re
import wave

import numpy as np
import pytest

from recurra import SequenceClassifier, load

RATE = 8000
RECORDING = re.compile(r"Stop \((0\.[2-9]|[1-9])")  # for two tenths of a second or longer


def tone(frequency, seconds=0.3, rate=RATE, silence=0.0):
    """A sine wave of 16 bits, with silence at either end."""
    times = np.arange(round(seconds * rate)) / rate
    quiet = np.zeros(round(silence * rate))
    samples = np.concatenate([quiet, 0.5 * np.sin(2 * np.pi * frequency * times), quiet])
    return np.round(32767 * samples).astype(np.int16)


def write_wav(file, samples, rate=RATE):
    with wave.open(str(file), "wb") as sound:
        sound.setparams((1, 2, rate, len(samples), "NONE", ""))
        sound.writeframes(samples.tobytes())
    return file


def read_wav(content):
    with wave.open(io.BytesIO(content)) as sound:
        return np.frombuffer(sound.readframes(sound.getnframes()), np.int16), sound.getframerate()


@pytest.fixture(scope="session")
def tones(folder):
    """The folder of a small classifier of tones, low and high."""
    recordings = folder / "recordings"
    recordings.mkdir()
    for i in range(12):
        write_wav(recordings / f"low_{i}.wav", tone(300 + 10 * i))
        write_wav(recordings / f"high_{i}.wav", tone(1500 + 40 * i))
    settings = {"hidden_size": 8, "epochs": 8, "learning_rate": 0.02, "threads": 1}
    SequenceClassifier(**settings).fit(recordings, out=folder / "tones", progress=False)
    return folder / "tones"


@pytest.fixture(scope="module")
def tones_address(tones, serving):
    with serving(tones) as address:
        yield address


def sent(page):
    """The files that a page sends from now on: name and content of each."""
    files = []

    def note(route):
        files.append(file_of(route.request))
        route.continue_()

    page.route("**/v1/runs/tones/files*", note)
    return files


def file_of(request):
    """The name and the content of the file in the form that a request sends."""
    boundary = request.headers["content-type"].split("boundary=")[1].encode()
    head, content = request.post_data_buffer.split(b"--" + boundary)[1].split(b"\r\n\r\n", 1)
    return head.split(b'filename="')[1].split(b'"')[0].decode(), content[:-2]


def choose(page, file):
    page.locator("input[type=file]").set_input_files(file)


def test_a_file_is_sent_as_it_is_where_nothing_is_to_be_changed(open_page, tones_address, tmp_path):
    page = open_page(tones_address)
    files = sent(page)
    samples = tone(1700)
    choose(page, write_wav(tmp_path / "new.wav", samples))
    page.get_by_role("status").filter(has_text="high, ").wait_for()
    [(name, content)] = files
    assert name == "new.wav"
    got, rate = read_wav(content)
    assert rate == RATE
    assert len(got) == len(samples)
    np.testing.assert_allclose(got, samples, atol=2)


def test_a_file_is_brought_to_the_rate_of_the_training_and_cut_where_it_is_silent(open_page, tones_address, tmp_path):
    page = open_page(tones_address)
    files = sent(page)
    choose(page, write_wav(tmp_path / "new.wav", tone(320, rate=44_100, silence=0.5), 44_100))
    page.get_by_role("status").filter(has_text="low, ").wait_for()
    samples, rate = read_wav(files[0][1])
    assert rate == RATE
    assert len(samples) == pytest.approx((0.3 + 2 * 0.06) * RATE, abs=0.01 * RATE)
    page.get_by_label("Leave silence at either end out").uncheck()
    page.get_by_text("1.30 seconds").wait_for()
    page.get_by_role("status").filter(has_text="low, ").wait_for()
    assert len(read_wav(files[1][1])[0]) == pytest.approx(1.3 * RATE, abs=2)


def test_a_sound_is_drawn_and_played(open_page, tones_address, tmp_path):
    page = open_page(tones_address)
    choose(page, write_wav(tmp_path / "new.wav", tone(400)))
    page.locator(".waveform path").wait_for()
    player = page.get_by_label("The sound", exact=True)
    player.evaluate("player => new Promise(ready => player.readyState ? ready() : (player.onloadedmetadata = ready))")
    assert player.evaluate("player => player.duration") == pytest.approx(0.3, abs=0.01)
    box = page.locator(".waveform").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 20)
    page.wait_for_function("() => Math.abs(document.querySelector('audio').currentTime - 0.15) < 0.01")
    page.wait_for_function(
        "() => Math.abs(document.querySelector('.waveform .along-cursor').getAttribute('x1') - 50) < 3"
    )


def test_how_the_answer_came_about_is_told_in_seconds(open_page, tones_address, tmp_path, tones):
    page = open_page(tones_address)
    file = write_wav(tmp_path / "new.wav", tone(400))
    choose(page, file)
    [answer] = load(tones).describe(file, beginnings=200)
    last = answer["beginnings"][-1]
    page.get_by_role("slider", name="Place along the input").wait_for()
    assert page.locator(".along-said").inner_text().startswith(f"After {last['steps'] / 100:.2f} s: {last['answer']} ")


def test_sound_is_recorded_in_the_page(open_page, tones_address):
    page = open_page(tones_address)
    files = sent(page)
    page.get_by_role("button", name="Record").click()
    page.get_by_role("button", name=RECORDING).wait_for()
    page.get_by_role("button", name="Stop").click()
    page.locator(".answer-said").wait_for()
    name, content = files[0]
    assert name == "recording.wav"
    assert read_wav(content)[1] == RATE
    assert page.get_by_role("button", name="Record").is_enabled()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError') }",
            "allowed",
        ),
        (
            "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotFoundError') }",
            "no device",
        ),
        ("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })", "over https"),
    ],
)
def test_why_nothing_is_recorded_is_said(open_page, tones_address, change, words):
    page = open_page(tones_address)
    page.evaluate(f"() => {{ {change} }}")
    page.get_by_role("button", name="Record").click()
    page.get_by_role("alert").filter(has_text=words).wait_for()


def test_what_no_browser_can_decode_is_sent_as_it_is(open_page, tones_address, tmp_path):
    page = open_page(tones_address)
    (tmp_path / "new.wav").write_bytes(b"no sound")
    choose(page, tmp_path / "new.wav")
    page.get_by_role("alert").filter(has_text="expected a recording").wait_for()
    open_page.expect("status of 400")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_sound_is_accessible(open_page, tones_address, tmp_path, violations, scheme):
    page = open_page(tones_address, bypass_csp=True, color_scheme=scheme)
    assert violations(page) == []
    choose(page, write_wav(tmp_path / "new.wav", tone(400)))
    page.locator(".along").wait_for()
    assert violations(page) == []
    page.get_by_role("button", name="Record").click()
    page.get_by_role("button", name=RECORDING).wait_for()
    assert violations(page) == []
