"""How many frames a second are answered, from a file to the answer, one clip at a time; and in how much memory.

A clip of 320 x 240 pixels is made anew for each round (moving noise, H.264, 25 frames a second), so that nothing of it
is in the cache, and every frame is answered: by the small CNN and a GRU, and by EfficientNet-Lite0 and a GRU. With
--minutes a clip is repeated to that length, and the largest memory while it is answered is shown.

    python benchmarks/video_answers.py [--seconds 20] [--rounds 3] [--minutes 60]
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av
import numpy as np
import torch

import recurra
from recurra.bench.machine import processor

WIDTH, HEIGHT, RATE = 320, 240, 25
KINDS = {
    "small CNN and GRU, 64 pixels": {"encoder": "cnn", "frame_size": 64},
    "EfficientNet-Lite0 and GRU, 128 pixels": {"encoder": "efficientnet-lite0", "frame_size": 128},
    "EfficientNet-Lite0 and GRU, 224 pixels": {"encoder": "efficientnet-lite0", "frame_size": 224},
}


def write_clip(path: Path, seconds: float, seed: int) -> int:
    """Write a clip, and give the number of its frames."""
    random = np.random.default_rng(seed)
    scene = random.integers(256, size=(HEIGHT // 8, WIDTH // 8, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    count = int(seconds * RATE)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for step in range(count):
            image = np.roll(scene, (step, 2 * step), (0, 1))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")))
        container.mux(stream.encode())
    return count


def repeat_clip(source: Path, target: Path, minutes: float) -> None:
    """Repeat a clip to a length, without encoding it anew."""
    with av.open(str(source)) as reading, av.open(str(target), "w") as writing:
        stream = reading.streams.video[0]
        copy = writing.add_stream_from_template(stream)
        packets = [packet for packet in reading.demux(stream) if packet.dts is not None]
        length = packets[-1].dts + packets[-1].duration - packets[0].dts
        for number in range(round(minutes * 60 * stream.time_base.denominator / stream.time_base.numerator / length)):
            for packet in packets:
                again = av.Packet(bytes(packet))
                again.pts, again.dts = packet.pts + number * length, packet.dts + number * length
                again.duration, again.time_base, again.stream = packet.duration, packet.time_base, copy
                again.is_keyframe = packet.is_keyframe
                writing.mux(again)


def classifier(settings: dict) -> recurra.VideoClassifier:
    """A classifier that has hardly learnt: what it answers does not matter here."""
    random = np.random.default_rng(0)
    size = settings["frame_size"]
    clips = [random.integers(256, size=(3, size, size, 3), dtype=np.uint8) for _ in range(4)]
    made = recurra.VideoClassifier(**{"frame_rate": RATE} | settings, epochs=1, hidden_size=128, augment=False)
    return made.fit(clips, ["a", "b"] * 2, progress=False)


def measure(seconds: float, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
        rates = {name: list[float]() for name in KINDS}
        tasks = {name: classifier(settings) for name, settings in KINDS.items()}
        for number in range(rounds):
            for name, task in tasks.items():
                clip = Path(folder) / f"{number}_{len(name)}.mp4"
                frames = write_clip(clip, seconds, seed=number)
                began = time.perf_counter()
                task.describe([str(clip)], per_frame=True)
                rates[name].append(frames / (time.perf_counter() - began))
    print(f"{'from file to answer':42} frames a second")
    for name, of_kind in rates.items():
        print(f"{name:42} {statistics.median(of_kind):10.0f}")


def measure_memory(minutes: float) -> None:
    """Answer a long clip in a process of its own, and tell its largest memory."""
    with tempfile.TemporaryDirectory() as folder:
        short, long = Path(folder) / "short.mp4", Path(folder) / "long.mp4"
        write_clip(short, 20, seed=0)
        repeat_clip(short, long, minutes)
        task = classifier(KINDS["small CNN and GRU, 64 pixels"] | {"frame_rate": 10.0})
        task.save(f"{folder}/run")
        for path in (short, long):
            environment = os.environ | {"XDG_CACHE_HOME": f"{folder}/cache"}
            command = [sys.executable, __file__, "--answer", f"{folder}/run", str(path)]
            print(
                path.stem, subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
            )


def answer(run: str, path: str) -> None:
    task = recurra.load(run)
    began = time.perf_counter()
    [content] = task.describe([path], per_frame=True)
    status = Path("/proc/self/status").read_text()  # getrusage would count the process that started this one, too
    memory = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024
    print(
        f"{len(content['frames']):,} frames in {time.perf_counter() - began:.0f} s, at most {memory:.0f} MB of memory"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--answer", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.answer:
        answer(*arguments.answer)
        return
    print(f"{processor()}, {torch.get_num_threads()} threads")
    measure(arguments.seconds, arguments.rounds)
    if arguments.minutes:
        measure_memory(arguments.minutes)


if __name__ == "__main__":
    main()
