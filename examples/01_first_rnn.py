"""The first recurrent network: four short sequences, and yes or no for each.

The program of many courses: sequences of two steps, a tanh RNN of 50 units, a sigmoid at the end, Adam, binary
cross-entropy, 200 epochs, batches of 10. Its answers contradict each other: [0, 1] stands there twice, once with the
answer 1 and once with 0. No network can give both, so the best it can say is "one half" there, and the loss cannot fall
below half of log 2 = 0.347 (2 of the 4 answers cost log 2 each, the others nothing).

python examples/01_first_rnn.py
"""

from typing import Any

import numpy as np

import recurra

X = np.array([[0, 1], [1, 0], [1, 1], [0, 1]])
CONTRADICTORY = np.array([1, 0, 1, 0])
LEARNABLE = np.array([1, 0, 1, 1])  # the answer is the last step


def main(**settings: Any) -> None:
    rnn = {"cell": "rnn", "activation": "tanh", "hidden_size": 50, "bidirectional": False, "standardize": False}
    adam = {"optimizer": "adam", "learning_rate": 1e-3, "beta2": 0.999, "schedule": "constant", "warmup_steps": 0}
    plain = {"dropout": 0.0, "clip_norm": 0.0, "epochs": 200, "batch_size": 10}
    for name, y in (("as it stands, contradictory", CONTRADICTORY), ("with one answer for [0, 1]", LEARNABLE)):
        network = recurra.SequenceClassifier(**rnn | adam | plain | settings).fit(X, y)
        print(f"{name}: {network.score(X, y):.0%} right")
        for sequence, answer, (_, yes) in zip(X, y, network.predict_proba(X), strict=True):
            print(f"    {sequence}  asked {answer}  probability of 1: {yes:.3f}")


if __name__ == "__main__":
    main()
