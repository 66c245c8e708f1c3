import io
import json
import os
import signal
import wave

import numpy as np
import pytest

from recurra import load
from recurra.kernels.batch_invariance import batch_invariant


def post(client, name, content, *, media_type="application/octet-stream", **options):
    return client.post(f"/v1/runs/{name}/files", content=content, params=options, headers={"content-type": media_type})


def answer_to(response):
    assert response.status_code == 200, response.text
    [answer] = response.json()["answers"]
    return answer


def refusal_of(response, status=400):
    assert response.status_code == status, response.text
    return response.json()["error"]


def alone(run, file, **options):
    """What the run answers to a file, as JSON holds it."""
    with batch_invariant():
        [answer] = load(run).describe([str(file)] if run.name == "moves" else str(file), **options)
    return json.loads(json.dumps(answer))


def test_a_video_is_answered_by_frame(files_client, moves_run, clip):
    answer = answer_to(post(files_client, "moves", clip.read_bytes(), media_type="video/webm"))
    assert answer == alone(moves_run, clip, per_frame=True)
    assert len(answer["frames"]) == 12


def test_a_sound_is_answered_with_its_beginnings(files_client, tones_run, tone):
    answer = answer_to(post(files_client, "tones", tone.read_bytes(), media_type="audio/wav"))
    assert answer == alone(tones_run, tone, beginnings=20)


def test_what_a_client_does_not_want_is_left_out(files_client, clip, tone):
    assert "frames" not in answer_to(post(files_client, "moves", clip.read_bytes(), per_frame=False))
    assert "beginnings" not in answer_to(post(files_client, "tones", tone.read_bytes(), beginnings=0))


TABLE = """id,step,b,a
first,1,0.2,0.1
second,1,0.5,0
first,2,0.1,0.3
"""


def test_each_series_of_a_table_is_answered(files_client, table_run, tmp_path):
    (tmp_path / "new.csv").write_text(TABLE)
    response = post(files_client, "table", TABLE.encode(), media_type="text/csv")
    assert response.status_code == 200, response.text
    with batch_invariant():
        expected = load(table_run).describe(tmp_path / "new.csv")
    assert response.json() == {"answers": json.loads(json.dumps(expected)), "names": ["first", "second"]}
    response = post(files_client, "table", TABLE.encode(), beginnings=2)
    assert [len(answer["beginnings"]) for answer in response.json()["answers"]] == [2, 1]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "file: expected one, got none"),
        ("id,step,a\nx,1,2\n", "file:1: expected"),
        ("id,step,a,b\nx,1,2,y\n", "file:2"),
        ("id,step,a,b\nx,1,2,\n", "file: expected a finite number in each cell"),
        ("id,step,a,b\nx,1,2,3,4\n", "file:2: expected 4 columns"),
        ("\xff", "file"),
        ("id,step,a,b\nx,1,1e300,3\n", "inputs.0: sequence 1: step 1: feature 1: expected finite numbers"),
        ("id,step,a,b\n" + "".join(f"{i},1,2,3\n" for i in range(1025)), "at most 1,024 series, got 1,025"),
    ],
)
def test_tables_that_cannot_be_read_are_refused(files_client, table, message):
    assert message in refusal_of(post(files_client, "table", table.encode("latin-1")))["message"]


def test_a_form_with_the_file_is_taken_too(files_client, tones_run, tone):
    answer = files_client.post("/v1/runs/tones/files", files={"file": ("../../etc/x.wav", tone.read_bytes())})
    assert answer_to(answer) == alone(tones_run, tone, beginnings=20)


def cut(file, share=0.5):
    content = file.read_bytes()
    return content[: int(len(content) * share)]


def silence_header(seconds, rate=8000):
    """A .wav of silence."""
    content = io.BytesIO()
    with wave.open(content, "wb") as sound:
        sound.setparams((1, 2, rate, 0, "NONE", ""))
        sound.writeframes(bytes(2 * rate * seconds))
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("moves", b"rubbish" * 100, "file: expected a video, got no frame"),
        ("tones", b"rubbish" * 100, "file: expected a recording, got: Format not recognised."),
        ("tones", silence_header(6), "file: expected at most 5 seconds of sound, got more"),
        ("tones", silence_header(1, 11025), "file: expected a sampling rate of 8,000 Hz, as in training, got 11,025"),
        ("tones", silence_header(0), "file: expected at least 5 ms of sound"),
        ("moves", b"", "file: expected one, got none"),
        ("moves", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "file: expected a video, got no frame"),
    ],
)
def test_what_cannot_be_decoded_is_refused(files_client, name, content, message):
    error = refusal_of(post(files_client, name, content))
    assert error["message"].startswith(message)
    assert error["param"] == "file"


def test_what_was_cut_is_refused(files_client, clip, tone):
    assert "it was cut" in refusal_of(post(files_client, "tones", cut(tone)))["message"]
    assert "file: expected" in refusal_of(post(files_client, "moves", cut(clip, 0.2)))["message"]
    assert "file: expected" in refusal_of(post(files_client, "tones", clip.read_bytes()))["message"]
    assert "file: expected a video" in refusal_of(post(files_client, "moves", tone.read_bytes()))["message"]


def test_large_and_long_videos_are_refused(files_client, write_video, tmp_path):
    large = write_video(tmp_path / "large.webm", np.zeros((1, 400, 400, 3), np.uint8))
    long = write_video(tmp_path / "long.webm", np.zeros((60, 32, 32, 3), np.uint8))
    error = refusal_of(post(files_client, "moves", large.read_bytes()))
    assert error["message"] == "file: expected frames of at most 100,000 pixels, got 400 x 400"
    error = refusal_of(post(files_client, "moves", long.read_bytes()))
    assert error["message"] == "file: expected at most 5 seconds of video, got more"


@pytest.mark.parametrize(
    ("name", "options", "param", "message"),
    [
        ("moves", {"beginnings": 3}, "beginnings", "beginnings: expected one of the options per_frame, got another"),
        ("tones", {"per_frame": True}, "per_frame", "per_frame: expected one of the options beginnings, got another"),
        ("tones", {"beginnings": 1001}, "beginnings", "less than or equal to 1000"),
        ("tones", {"rate": 3}, "rate", "rate: expected one of beginnings, per_frame, got another option"),
        ("topics", {}, "model", "model topics: expected one that has learnt from sound, videos or series"),
    ],
)
def test_options_are_those_of_the_job(files_client, tone, name, options, param, message):
    error = refusal_of(post(files_client, name, tone.read_bytes(), **options))
    assert error["param"] == param
    assert message in error["message"]


def test_json_is_no_file(files_client):
    assert refusal_of(files_client.post("/v1/runs/tones/files", json={}), 415)["code"] == "wrong_content_type"


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"files": {"other": b"x"}}, "file: expected a file in the form, got none"),
        ({"files": {"file": b"x"}, "data": {"a": "b"}}, "form with one file"),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, "Missing boundary"),
    ],
)
def test_forms_have_one_file(files_client, form, message):
    assert message in refusal_of(files_client.post("/v1/runs/tones/files", **form))["message"]


def test_a_decoder_is_kept_and_one_that_died_is_replaced(files_client, tone, clip):
    decoders = files_client.app.state.server.decoders
    first = post(files_client, "tones", tone.read_bytes())
    [decoder] = decoders.all
    refusal_of(post(files_client, "moves", b"rubbish"))
    assert decoders.all == [decoder]
    os.kill(decoder.pid, signal.SIGKILL)
    decoder.end()
    assert post(files_client, "tones", tone.read_bytes()).content == first.content
    assert decoder not in decoders.all
