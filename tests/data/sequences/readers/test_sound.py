import zipfile

import numpy as np
import pytest

import recurra
from recurra import DataError, SequenceClassifier
from recurra.cli import main
from recurra.data.sequences.readers import sound
from recurra.data.sources import labelled

soundfile = pytest.importorskip("soundfile", reason="recurra[sound] is not installed")
pytest.importorskip("kaldi_native_fbank", reason="recurra[sound] is not installed")


def _tone(path, frequency, seconds=0.5, rate=8000, channels=1):
    path.parent.mkdir(parents=True, exist_ok=True)
    wave = 0.5 * np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate)
    soundfile.write(path, np.stack([wave] * channels, 1), rate)
    return path


def test_a_higher_tone_lies_in_a_higher_band(tmp_path):
    low, high = (sound.read(_tone(tmp_path / f"{hertz}.wav", hertz)).inputs[0] for hertz in (300, 2000))
    assert low.shape == high.shape == (50, sound.MELS)
    assert low.mean(0).argmax() < high.mean(0).argmax()


def test_channels_are_averaged(tmp_path):
    one, two = (sound.read(_tone(tmp_path / f"{n}.flac", 500, channels=n)).inputs[0] for n in (1, 2))
    np.testing.assert_allclose(one, two, atol=1e-3)


def test_labels_are_folders_or_the_beginnings_of_names(tmp_path):
    for folder in ("yes", "no"):
        _tone(tmp_path / "folders" / folder / "1.wav", 400)
        _tone(tmp_path / "names" / f"{folder}_anna_1.wav", 400)
    assert labelled.resolve(tmp_path / "folders")["train"].answers == ["no", "yes"]
    assert labelled.resolve(tmp_path / "names")["train"].answers == ["no", "yes"]
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for file in (tmp_path / "names").iterdir():
            archive.write(file, file.name)
    assert labelled.resolve(tmp_path / "all.zip")["train"].answers == ["no", "yes"]


def test_what_is_wrong_is_said_with_the_file(tmp_path):
    _tone(tmp_path / "a_1.wav", 400)
    _tone(tmp_path / "b_1.wav", 400, rate=16000)
    with pytest.raises(DataError, match=r"b_1.wav: expected a sampling rate of 8000 Hz .*, got 16000"):
        sound.read(tmp_path)
    (tmp_path / "b_1.wav").write_bytes(b"no sound")
    with pytest.raises(DataError, match=r"b_1.wav: expected a recording, got"):
        sound.read(tmp_path)
    with zipfile.ZipFile(tmp_path / "none.zip", "w"):
        pass
    with pytest.raises(DataError, match=r"none.zip: expected recordings"):
        sound.read(tmp_path / "none.zip")
    (tmp_path / "none.zip").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"none.zip: expected a zip archive, got"):
        sound.read(tmp_path / "none.zip")
    with pytest.raises(DataError, match="expected at least 5 ms of sound, got 8 samples"):
        sound.read(_tone(tmp_path / "short" / "a.wav", 400, seconds=0.001))


def test_spoken_digits_are_divided_as_published(shared_data, monkeypatch):
    monkeypatch.setenv("RECURRA_DATA", str(shared_data("fsdd").parent))
    parts = labelled.resolve("fsdd")
    assert (len(parts["train"]), len(parts["test"])) == (2700, 300)
    parts = labelled.resolve("fsdd/theo")
    assert all("_theo_" in name for name in parts["test"].names)
    assert len(parts["train"]) == 2500


def test_the_labels_of_an_archive_are_its_folders_or_names(tmp_path):
    file = _tone(tmp_path / "a.wav", 400)
    for names, labels in (
        (("digits/one_anna.WAV", "digits/two_anna.wav", "__MACOSX/digits/._one_anna.wav"), ["one", "two"]),
        (("all/yes/1.wav", "all/no/1.wav"), ["no", "yes"]),
    ):
        with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
            for name in names:
                archive.write(file, name)
        assert sound.read(tmp_path / "all.zip").answers == labels


@pytest.mark.parametrize("rate", [1, 1000, 2**31 - 1])
def test_rates_that_no_recording_has_are_refused(tmp_path, rate):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(1000), rate)
    with pytest.raises(DataError, match=r"a.wav: expected a sampling rate of 2,000 to 1,000,000 Hz, got "):
        sound.read(path)


def test_nan_in_a_recording_is_refused(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.where(np.arange(1000) == 500, np.nan, 0.0), 8000, "FLOAT")
    with pytest.raises(DataError, match=r"a.wav: expected finite samples, got NaN or infinity"):
        sound.read(path)


def test_a_long_recording_is_read_in_blocks(tmp_path, monkeypatch):
    path = _tone(tmp_path / "a.wav", 440)
    whole = sound.read(path).inputs[0]
    monkeypatch.setattr(sound, "_BLOCK", 333)
    np.testing.assert_array_equal(sound.read(path).inputs[0], whole)
    monkeypatch.setattr(sound, "MOST_SAMPLES", 1000)
    with pytest.raises(DataError, match=r"a.wav: expected at most 1,000 samples, got more"):
        sound.read(path)


def test_recordings_of_another_rate_than_the_runs_are_refused_by_name(tmp_path):
    for rate in (8000, 16000):
        for label, frequency in (("low", 300), ("high", 2000)):
            _tone(tmp_path / str(rate) / f"{label}_1.wav", frequency, rate=rate)
    narrow, wide = tmp_path / "8000", tmp_path / "16000"
    message = r"high_1.wav: expected a sampling rate of 8,000 Hz, as in training, got 16,000; convert it: sox"
    small = {"epochs": 1, "hidden_size": 4, "threads": 1, "progress": False}
    with pytest.raises(DataError, match=message):
        SequenceClassifier().fit(narrow, valid=wide, **small)
    with pytest.raises(DataError, match=message):
        SequenceClassifier().fit([narrow, wide], **small)
    SequenceClassifier().fit(narrow, out=tmp_path / "run", **small)
    loaded = recurra.load(tmp_path / "run")
    assert len(loaded.predict(narrow)) == 2
    for verb in (loaded.predict, loaded.evaluate, loaded.predict_proba):
        with pytest.raises(DataError, match=message):
            verb(wide)
    assert main(["predict", str(tmp_path / "run"), str(wide / "high_1.wav")]) == 2


def test_a_recording_that_was_cut_is_refused_in_a_folder_and_in_an_archive(tmp_path):
    file = _tone(tmp_path / "folder" / "a_1.wav", 400)
    file.write_bytes(file.read_bytes()[:-100])
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(file, "a_1.wav")
    for place in (file, tmp_path / "folder", tmp_path / "all.zip"):
        with pytest.raises(DataError, match=r"a_1\.wav: expected .* bytes of samples .*: it was cut"):
            sound.read(place)


@pytest.mark.parametrize("ending", [".wave", ".aiff", ".AIF"])
def test_other_endings_of_recordings_are_read(tmp_path, ending):
    tone = _tone(tmp_path / "tone.wav", 400)
    samples, rate = soundfile.read(tone)
    other = tmp_path / "folder" / f"a_1{ending}"
    other.parent.mkdir()
    soundfile.write(other, samples, rate, format="WAV" if ending == ".wave" else "AIFF")
    np.testing.assert_allclose(sound.read(other.parent).inputs[0], sound.read(tone).inputs[0], atol=1e-3)
