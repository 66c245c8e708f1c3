"""Write Multi30k in small letters and cut into words, as the published text-only recurrent translators read it.

As the own script of the data does with the Moses tools: small letters, normal punctuation, words between spaces.

python benchmarks/tokenised_multi30k.py FOLDER      # writes FOLDER/train.en, train.de, valid.en and so on
"""

import argparse
from pathlib import Path

from sacremoses import MosesPunctNormalizer, MosesTokenizer

from recurra.data.sources import translations


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for part, held in translations.resolve("multi30k", "de", "en").items():
        for language, texts in (("de", held.sources), ("en", held.targets)):
            normal, words = MosesPunctNormalizer(language), MosesTokenizer(language)
            lines = [words.tokenize(normal.normalize(text.lower()), return_str=True) for text in texts]
            (folder / f"{part}.{language}").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            print(f"{folder / part}.{language}: {len(lines)} lines")


if __name__ == "__main__":
    main()
