"""Frames a second of the pretrained frame encoder, EfficientNet-Lite0, by size of the frames, type and frames at once.

All are called in turn, round after round; of each the median counts. The second table says how far bfloat16 is off, and
whether it sees the same class, on scikit-learn's photographs.

    python benchmarks/frame_encoders.py [--threads 1 2] [--sizes 128 160 224] [--at-once 1 16]
"""

import argparse
import statistics
from functools import partial

import torch
from sklearn.datasets import load_sample_images
from torch import Tensor
from torch.nn import functional as F

from recurra.bench import machine, timing
from recurra.nn.encoders.pretrained import FrozenFrames, frame_encoder

TYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def photographs(size: int) -> Tensor:
    """The middles of scikit-learn's photographs, (N, size, size, 3)."""
    images = torch.stack([torch.from_numpy(image.copy()) for image in load_sample_images().images])  # (N, H, W, 3)
    side = min(images.shape[1:3])
    left = (images.shape[2] - side) // 2
    squares = images[:, :side, left : left + side].movedim(-1, 1).float()
    return F.interpolate(squares, (size, size), mode="bilinear", antialias=True).movedim(1, -1)


def speeds(encoders: dict[str, FrozenFrames], size: int, at_once: int, options: argparse.Namespace) -> list[str]:
    frames = torch.randint(256, (at_once, size, size, 3), dtype=torch.uint8)
    times: dict[str, list[float]] = {name: [] for name in encoders}
    for _ in range(options.rounds):
        for name, encoder in encoders.items():
            times[name] += timing.burst(partial(encoder.frames, frames), options.seconds)
    return [f"{at_once / statistics.median(times[name]):,.0f}" for name in encoders]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--sizes", type=int, nargs="+", default=[128, 160, 224])
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="for each contestant in each round")
    options = parser.parse_args()
    encoders = {name: frame_encoder("efficientnet-lite0", dtype=dtype) for name, dtype in TYPES.items()}
    print(machine.processor())
    print("threads  size  at once  " + "  ".join(f"{name}, frames/s" for name in encoders))
    for threads in options.threads:
        torch.set_num_threads(threads)
        for size in options.sizes:
            for at_once in options.at_once:
                print(f"{threads:7}  {size:4}  {at_once:7}  ", *speeds(encoders, size, at_once, options), flush=True)
    print("size  largest difference of vectors, of their largest number  same class")
    for size in options.sizes:
        exact, rough = (encoder.frames(photographs(size)) for encoder in encoders.values())
        network = encoders["float32"].network
        same = (network.classify(exact).argmax(1) == network.classify(rough).argmax(1)).tolist()
        print(f"{size:4}  {(exact - rough).abs().max() / exact.max():.3f}  {same}")


if __name__ == "__main__":
    main()
