"""Automatic writing: learn the characters of a text, then let the network go on from a prompt.

python examples/02_automatic_writing.py [YOUR.txt]
"""

import sys
from typing import Any

import recurra


def main(text: str = "python-docs", **settings: Any) -> None:
    lm = recurra.LanguageModel(**{"cell": "gru", "hidden_size": 256, "num_layers": 1, "epochs": 4} | settings)
    lm.fit(text)

    # The temperature divides the scores before the softmax: low is safe and repeats itself, high is bold and errs.
    for temperature in (0.3, 0.7, 1.2):
        print(f"\n--- temperature {temperature}")
        print(lm.generate("\n", length=200, temperature=temperature, seed=1))

    # The text can be read while it is made, without end and in constant memory.
    print("\n--- streamed until the first blank line")
    for (piece,) in lm.stream("\n", stop="\n\n", length=1000, seed=2, top_p=0.9):
        print(piece, end="", flush=True)
    print()

    scores = lm.evaluate(text)
    print(f"\n{scores['carried_bits_per_character']:.3f} bits a character")


if __name__ == "__main__":
    main(*sys.argv[1:2])
