"""Train a character model on Python's own documentation for about two minutes, and let it write a paragraph.

`make demo` runs this. The text is inside every Python (`pydoc_data.topics`), so nothing is downloaded.
"""

from pathlib import Path
from typing import Any

from recurra.serve.demo_runs import LANGUAGE_MODEL, train_language_model


def main(run: Path = Path("runs/demo"), **changed: Any) -> None:
    settings = LANGUAGE_MODEL | changed
    print(
        f"Training an LSTM of {settings['hidden_size']} units to predict the next character of Python's documentation."
    )
    print("The loss is in nats a character: 4.6 is guessing among all of them.\n", flush=True)
    lm = train_language_model(run, **changed)

    print("\nWhat it writes (--temperature 0.5, after 'When a class '):\n")
    print("When a class " + lm.generate("When a class ", length=500, temperature=0.5, seed=3))

    print(f"\nThe loss, drawn: {run / 'curves.html'}\n\nTry next:")
    print(f"  .venv/bin/recurra write {run} --prompt 'If the ' --temperature 0.5")
    print(f"  .venv/bin/recurra serve {run}    # or --demo, with small models of five jobs; then the page in a browser")
    print(f"  .venv/bin/recurra evaluate {run} python-docs")
    print("  .venv/bin/recurra train language-model YOUR.txt --out runs/mine")


if __name__ == "__main__":
    main()
