"""How many numbers of 20 digits a translator writes backwards after a minute: that of examples/05, seed by seed.

It learns from 80,000 numbers of 1 to 20 digits and is asked 1,000 others of exactly 20.

python benchmarks/reversing.py --seeds 3
"""

import argparse
import runpy
import time
from pathlib import Path

import torch

import recurra

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "05_translation.py"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--numbers", type=int, default=80_000)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    example = runpy.run_path(str(EXAMPLE))
    settings = example["SMALL"] | example["SURE"] | {"epochs": 2, "threads": options.threads}
    asked, right = example["numbers"](1000, 20, seed=3, fewest=20)
    for seed in range(1, options.seeds + 1):
        learnt = example["numbers"](options.numbers, 20, seed=100 + seed)
        began = time.perf_counter()
        translator = recurra.Translator(**settings, seed=seed).fit(
            *learnt, valid=example["numbers"](200, 20, seed=2), progress=False
        )
        seconds = time.perf_counter() - began
        exact = example["exact"](translator, asked, right)
        print(f"seed {seed}: {exact:.1%} of {len(asked)} right throughout, {seconds:.0f} s, {options.threads} threads")


if __name__ == "__main__":
    main()
