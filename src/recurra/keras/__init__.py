"""Keras with recurrent layers that run on Recurra's kernels: change the import, and nothing else.

    from recurra.keras.layers import LSTM, Dense
    from recurra.keras.models import Sequential

`layers` holds `SimpleRNN`, `LSTM`, `GRU` and `Bidirectional`; `accelerate` puts these in the places of Keras' own in a
model that is there already. All else, here and there, is Keras' own. It needs Keras 3 (`pip install recurra[keras]`) on
its torch backend, which importing this package before Keras chooses.

This is a way into the layers from elsewhere, beside the floors: it uses `recurra.nn` and `recurra.kernels`.
"""

import os
import sys
from types import ModuleType
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")

try:
    import keras
except ImportError as error:
    raise ImportError("recurra.keras: expected Keras 3, got none: pip install 'recurra[keras]'") from error

if keras.backend.backend() != "torch":
    raise ImportError(
        f"recurra.keras: expected Keras on its torch backend, got {keras.backend.backend()}: set KERAS_BACKEND=torch, "
        "or import recurra.keras before keras"
    )

from recurra.keras import layers
from recurra.keras.layers import accelerate

for _name, _module in vars(keras).items():
    if isinstance(_module, ModuleType) and not _name.startswith("_") and _name not in ("layers", "src"):
        sys.modules[f"{__name__}.{_name}"] = _module  # so that `from recurra.keras.models import Sequential` finds it

__all__ = ["accelerate", "layers"]


def __getattr__(name: str) -> Any:
    return getattr(keras, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *dir(keras)})
