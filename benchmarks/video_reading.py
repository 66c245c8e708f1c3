"""How fast videos are read, and how much memory it takes: python benchmarks/video_reading.py [VIDEO].

VIDEO is any video of a few seconds; by default one is drawn. It is encoded anew with 320 x 240 pixels, 30 frames a
second, H.264. Then, each in a process of its own, with the processor's time beside the clock's:

- frames a second from the file to images of 64 x 64, with 1 thread and 2; beside decoding alone, and beside what is
  usual: every frame whole in red, green and blue, then made small by Pillow;
- the most memory while a file of 60 minutes is read, that repeats the short one, and while its samples are stored;
- memory after 1,000 and 10,000 clips of 10 frames.
"""

import argparse
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

COMMON = """
import os, resource, sys, time
from pathlib import Path
import numpy as np
from recurra.data.clips import video_file
from recurra.data.clips.sampling import sample
from recurra.data.clips.store import Sampling, VideoStore
path = Path(sys.argv[1])

def resident():
    pages = int(open("/proc/self/statm").read().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
"""

SPEED = """
def alone(threads):
    import av
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "SLICE" if threads == 1 else "AUTO"
        container.streams.video[0].codec_context.thread_count = threads
        return sum(1 for _ in container.decode(video=0))

def usual(threads):
    import av
    from PIL import Image
    count = 0
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "SLICE" if threads == 1 else "AUTO"
        container.streams.video[0].codec_context.thread_count = threads
        for frame in container.decode(video=0):
            image = Image.fromarray(frame.to_ndarray(format="rgb24"))
            np.asarray(image.resize((64, 64), Image.Resampling.BOX, (40, 0, 280, 240)))
            count += 1
    return count

def recurra(threads):
    return sum(1 for _ in sample(video_file.frames(path, threads), 30, 64))

for threads in (1, 2):
    best = {}
    for _ in range(5):
        for name in ("alone", "usual", "recurra"):
            clock, processor = time.perf_counter(), time.process_time()
            count = globals()[name](threads)
            rates = count / (time.perf_counter() - clock), count / (time.process_time() - processor)
            best[name] = [max(old, new) for old, new in zip(best.get(name, (0, 0)), rates)]
    for name, (by_clock, by_processor) in best.items():
        print(f"{name:8} {threads} threads: {by_clock:6,.0f} frames a second, {by_processor:6,.0f} a CPU second")
"""

LONG = """
begin = resident()
seen = []
clock = time.perf_counter()
for count, frame in enumerate(sample(video_file.frames(path, 2), 15, 64), 1):
    if count % 10_000 == 0:
        seen.append(round(resident()))
print(f"60 minutes read: {count:,} samples of 15 a second in {time.perf_counter() - clock:.0f} s; "
      f"{begin:.0f} MB before, then {seen}, at most {peak():.0f} MB")
"""

STORED = """
begin = resident()
store = VideoStore([path], Sampling(15, 64, 15), 2)
clock = time.perf_counter()
error, = store.prepare()
written = time.perf_counter() - clock
assert error is None, error
print(f"60 minutes stored: {len(store[0]):,} samples, {store[0].nbytes / 1e6:,.0f} MB, in {written:.0f} s; "
      f"{begin:.0f} MB before, at most {peak():.0f} MB")
clock = time.perf_counter()
assert VideoStore([path], Sampling(15, 64, 15), 2).prepare() == [None]
print(f"found again in {time.perf_counter() - clock:.2f} s")
"""

MANY = """
for count in range(1, 10_001):
    for frame in sample(video_file.frames(path, 1 + count % 2), 10, 32):
        pass
    if count in (100, 1_000, 5_000, 10_000):
        print(f"after {count:6,} clips: {resident():.0f} MB, {len(os.listdir('/proc/self/fd'))} open files")
"""


def images(video: Path | None) -> list[np.ndarray]:
    """Ten seconds of 320 x 240, of a video or drawn: noise that moves over a slope."""
    if video is not None:
        with av.open(str(video)) as container:
            read = [frame.to_ndarray(width=320, height=240, format="rgb24") for frame in container.decode(video=0)]
        return (read * 300)[:300]
    draw = np.random.default_rng(0)
    noise = draw.integers(0, 60, (240, 640, 3))
    slope = np.linspace(20, 180, 320)[None, :, None]
    return [np.uint8(slope + noise[:, i : i + 320]) for i in range(300)]


def write(path: Path, frames: list[np.ndarray], rate: int = 30) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for i, image in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(image)
            frame.pts, frame.time_base = i, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def repeat(path: Path, whole: Path, times: int) -> Path:
    """Write a file that repeats the packets of another."""
    with av.open(str(whole), "w") as target:
        stream = None
        offset = 0
        for _ in range(times):
            with av.open(str(path)) as source:
                original = source.streams.video[0]
                stream = stream or target.add_stream_from_template(original)
                length = original.duration
                for packet in source.demux(original):
                    if packet.dts is not None:
                        packet.pts, packet.dts, packet.stream = packet.pts + offset, packet.dts + offset, stream
                        target.mux(packet)
            offset += length
    return whole


def run(program: str, path: Path, cache: Path) -> None:
    environment = {"OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": str(cache)}
    command = [sys.executable, "-c", COMMON + program, str(path)]
    print(
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout, end="", flush=True
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("video", nargs="?", type=Path)
    parser.add_argument("--minutes", type=int, default=60)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frames = images(arguments.video)
        short = write(folder / "short.mp4", frames)
        print(f"320 x 240, 30 frames a second, {short.stat().st_size / 10_000:,.0f} KB a second")
        run(SPEED, short, folder)
        whole = repeat(short, folder / "long.mp4", arguments.minutes * 6)
        run(LONG, whole, folder)
        run(STORED, whole, folder)
        run(MANY, write(folder / "tiny.mp4", [frame[:48, :64] for frame in frames[:10]], 10), folder)


if __name__ == "__main__":
    main()
