"""The first recurrent network as Keras code, on Recurra's kernels: only the two imports from `recurra.keras` differ.

Its four sequences contradict each other, as in `01_first_rnn.py`: [0, 1] has both answers, and gets one half.

python examples/04_keras_program.py
"""

import numpy as np
from recurra.keras.models import Sequential

from recurra.keras.layers import Dense, Input, SimpleRNN


def main(epochs: int = 200) -> None:
    X = np.array([[0, 1], [1, 0], [1, 1], [0, 1]]).reshape(4, 2, 1)
    y = np.array([1, 0, 1, 0])

    model = Sequential()
    model.add(Input((2, 1)))
    model.add(SimpleRNN(50, activation="tanh"))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(X, y, epochs=epochs, batch_size=10, verbose=0)

    loss, accuracy = model.evaluate(X, y, verbose=0)
    print(f"loss {loss:.3f}, {accuracy:.0%} right")
    for sequence, answer, (yes,) in zip(X[..., 0], y, model.predict(X, verbose=0), strict=True):
        print(f"{sequence}  asked {answer}  probability of 1: {yes:.3f}")


if __name__ == "__main__":
    main()
