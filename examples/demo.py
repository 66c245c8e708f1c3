"""Train a character model on Python's own documentation for about two minutes, and let it write a paragraph.

`make demo` runs this. The text is inside every Python (`pydoc_data.topics`), so nothing is downloaded.
"""

from pathlib import Path
from typing import Any

import recurra

SETTINGS: dict[str, Any] = {"hidden_size": 256, "num_layers": 1, "epochs": 14, "batch_size": 32, "sequence_length": 96}


def main(run: Path = Path("runs/demo"), **changed: Any) -> None:
    settings = SETTINGS | changed
    print(
        f"Training an LSTM of {settings['hidden_size']} units to predict the next character of Python's documentation."
    )
    print("The loss is in nats a character: 4.6 is guessing among all of them.\n", flush=True)
    lm = recurra.LanguageModel(**settings).fit("python-docs", out=run, overwrite=True)

    print("\nWhat it writes (--temperature 0.5, after 'When a class '):\n")
    print("When a class " + lm.generate("When a class ", length=500, temperature=0.5, seed=3))

    print(f"\nThe loss, drawn: {run / 'curves.html'}\n\nTry next:")
    print(f"  .venv/bin/recurra write {run} --prompt 'If the ' --temperature 0.5")
    print(f"  .venv/bin/recurra evaluate {run} python-docs")
    print("  .venv/bin/recurra train language-model YOUR.txt --out runs/mine")


if __name__ == "__main__":
    main()
