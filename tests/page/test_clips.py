"""A classifier of clips, watched as a person watches it."""

import re

import av
import numpy as np
import pytest

from recurra import VideoClassifier, load

RATE = 10  # frames a second
FRAMES = 12


def moving(side, seed=0):
    """A square that moves to the left or to the right, (T, H, W, C)."""
    random = np.random.default_rng(seed)
    frames = np.full((FRAMES, 32, 32, 3), 20, np.uint8)
    top = random.integers(4, 20)
    for i in range(FRAMES):
        left = 2 * i if side == "right" else 24 - 2 * i
        frames[i, top : top + 8, left : left + 8] = 230
    return frames


def write_video(file, frames, codec="libvpx", pixels="yuv420p"):
    with av.open(str(file), "w") as container:
        stream = container.add_stream(codec, rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 32, 32, pixels
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return file


@pytest.fixture(scope="session")
def moves(folder):
    """The folder of a small classifier of clips."""
    sides = ["left", "right"] * 8
    clips = [moving(side, seed) for seed, side in enumerate(sides)]
    sizes = {"hidden_size": 8, "channels": 2, "frame_size": 16, "frame_rate": RATE, "threads": 1}
    VideoClassifier(**sizes, epochs=4).fit(clips, sides, out=folder / "moves", progress=False)
    return folder / "moves"


@pytest.fixture(scope="session")
def clip(folder):
    """The file of a clip."""
    return write_video(folder / "new.webm", moving("right", 99))


@pytest.fixture(scope="module")
def moves_address(moves, serving):
    with serving(moves) as address:
        yield address


@pytest.fixture
def page(open_page, moves_address):
    return open_page(moves_address)


@pytest.fixture
def expected(moves, clip):
    """What the run answers to the clip."""
    return load(moves).describe([str(clip)], per_frame=True)[0]


def choose(page, file):
    page.locator("input[type=file]").set_input_files(file)


def percent(probability):
    share = probability * 100
    return "< 0.1 %" if share < 0.1 else f"{share:.{1 if share < 10 else 0}f} %"


def said_of(frame):
    shares = sorted(frame["probabilities"].items(), key=lambda each: -each[1])
    return f"At {frame['time']:.2f} s: " + ", ".join(f"{label} {percent(share)}" for label, share in shares)


def test_a_clip_is_answered_with_when_it_was_known(page, clip, expected):
    choose(page, clip)
    share = percent(expected["probabilities"][expected["answer"]])
    page.get_by_role("status").filter(has_text=f"{expected['answer']}, {share}").wait_for()
    knew = expected["knew_at"]
    page.get_by_text(f"It knew at {knew['time']:.2f} s, at frame {knew['frame'] + 1}").wait_for()


def test_the_curves_wind_the_player_and_follow_it(page, clip, expected):
    choose(page, clip)
    slider = page.get_by_role("slider", name="Place in the clip")
    slider.wait_for()
    frames = expected["frames"]
    assert page.locator(".along-said").inner_text() == said_of(frames[-1])
    slider.focus()
    for number in (len(frames) - 2, len(frames) - 3):
        page.keyboard.press("ArrowLeft")
        page.locator(".along-said").filter(has_text=said_of(frames[number])).wait_for()
        page.wait_for_function(
            f"Math.abs(document.querySelector('video').currentTime - {frames[number]['time']}) < 0.01"
        )
    page.get_by_role("heading", name=f"Thought at {frames[number]['time']:.2f} s").wait_for()
    page.get_by_label("The clip", exact=True).evaluate(f"player => (player.currentTime = {frames[3]['time'] + 0.01})")
    page.locator(".along-said").filter(has_text=said_of(frames[3])).wait_for()
    page.get_by_label("The clip", exact=True).evaluate("player => player.play()")
    page.locator(".along-said").filter(has_text=said_of(frames[-1])).wait_for()


def test_a_clip_is_recorded_by_the_camera(page):
    sent = []

    def note(route):
        sent.append(route.request.post_data_buffer)
        route.continue_()

    page.route("**/v1/runs/moves/files", note)
    page.get_by_role("button", name="Record 5 seconds").click()
    page.get_by_label("What the camera sees").wait_for()
    page.get_by_role("button", name=re.compile(r"Stop \((0\.[3-9]|[1-9])")).wait_for()
    page.get_by_role("button", name="Stop").click()
    page.locator(".answer-said").wait_for()
    assert b'filename="recording.webm"' in sent[0]
    assert b"\x1aE\xdf\xa3" in sent[0]  # the mark of a webm file


def test_a_file_that_browsers_do_not_play_is_answered_all_the_same(page, tmp_path, moves):
    file = write_video(tmp_path / "new.avi", moving("left"), "mjpeg", "yuvj420p")
    [expected] = load(moves).describe([str(file)], per_frame=True)
    choose(page, file)
    page.get_by_text("new.avi: the browser cannot play this file").wait_for()
    page.get_by_role("slider", name="Place in the clip").focus()
    page.keyboard.press("Home")
    page.locator(".along-said").filter(has_text=said_of(expected["frames"][0])).wait_for()


def test_what_is_no_video_is_refused(open_page, page, tmp_path):
    (tmp_path / "new.webm").write_bytes(b"no video")
    choose(page, tmp_path / "new.webm")
    page.get_by_role("alert").filter(has_text="expected a video").wait_for()
    open_page.expect("status of 400")


@pytest.mark.parametrize(("width", "locale"), [(320, "en-US"), (390, "zh-CN")])
def test_a_phone_needs_no_scrolling_sideways(open_page, moves_address, clip, width, locale):
    size = {"width": width, "height": 700}
    page = open_page(moves_address, viewport=size, has_touch=True, is_mobile=True, locale=locale)
    choose(page, clip)
    page.locator(".along").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_clips_are_accessible(open_page, moves_address, clip, violations, scheme):
    page = open_page(moves_address, bypass_csp=True, color_scheme=scheme)
    assert violations(page) == []
    choose(page, clip)
    page.get_by_role("slider", name="Place in the clip").focus()
    page.keyboard.press("ArrowLeft")
    page.get_by_role("heading", name="Thought at").wait_for()
    assert violations(page) == []
