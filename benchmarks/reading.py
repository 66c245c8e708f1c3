"""How fast files of sequences are read, beside an earlier version: python benchmarks/reading.py [COMMIT].

Writes files of every format to a temporary folder and reads each in turn with both versions, several times; prints the
processor's time of the earlier one over that of this one (above 1: this one is faster).
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

READ = """
import sys, time
from pathlib import Path
sys.meta_path = [finder for finder in sys.meta_path if "editable" not in repr(finder).lower()]
sys.path.insert(0, sys.argv.pop(1))
import recurra
assert recurra.__file__.startswith(sys.path[0]), recurra.__file__
try:
    from recurra.data.sources import labelled
except ImportError:  # an earlier version
    from recurra.data import labelled
for path in map(Path, sys.argv[1:]):
    begin = time.process_time()
    labelled.resolve(path)
    print(path.name, time.process_time() - begin)
"""


def write(folder: Path) -> list[Path]:
    """Write a file of a few megabytes of every format."""
    draw = random.Random(1)
    rows = [[f"{draw.random():.5f}" for _ in range(20)] for _ in range(10_000)]
    words = [
        " ".join(draw.choices(["to", "be", "or", "not", "that", "is", "the", "question"], k=12)) for _ in range(40_000)
    ]
    contents = {
        "steps.csv": "id," + ",".join(f"f{i}" for i in range(20)) + ",label\n"
        + "".join(f"{n // 50},{','.join(row)},{'ab'[n // 50 % 2]}\n" for n, row in enumerate(rows)),
        "texts.csv": "text,label\n" + "".join(f"{text},{'ab'[n % 2]}\n" for n, text in enumerate(words)),
        "texts.tsv": "".join(f"{'ab'[n % 2]}\t{text}\n" for n, text in enumerate(words)),
        "series.ts": "@classlabel true a b\n@data\n"
        + "".join(f"{','.join(row[:10])}:{','.join(row[10:])}:{'ab'[n % 2]}\n" for n, row in enumerate(rows)),
        "steps.jsonl": "".join(
            json.dumps({"x": [[float(v)] for v in row], "label": "ab"[n % 2]}) + "\n" for n, row in enumerate(rows)
        ),
        "texts.jsonl": "".join(json.dumps({"text": text, "label": "ab"[n % 2]}) + "\n" for n, text in enumerate(words)),
    }  # fmt: skip
    for name, content in contents.items():
        (folder / name).write_text(content)
    return [folder / name for name in contents]


def read(source: Path, files: list[Path]) -> dict[str, float]:
    """Seconds that a version in `source` takes for each file."""
    command = [sys.executable, "-c", READ, str(source), *map(str, files)]
    environment = {"OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return {name: float(seconds) for name, seconds in map(str.split, done.stdout.splitlines())}


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("commit", nargs="?", default="64b14f5")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    root = Path(__file__).parent.parent
    best: dict[tuple[str, str], float] = {}
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", options.commit, "src"], cwd=root, capture_output=True, check=True)
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        files = write(Path(folder))
        for _ in range(options.repeats):
            for version, source in (("earlier", Path(folder) / "src"), ("this", root / "src")):
                for name, seconds in read(source, files).items():
                    best[version, name] = min(seconds, best.get((version, name), seconds))
    for file in files:
        earlier, this = best["earlier", file.name], best["this", file.name]
        print(f"{file.name:12} {earlier:6.3f} s before, {this:6.3f} s now: {earlier / this:.2f}")


if __name__ == "__main__":
    main()
