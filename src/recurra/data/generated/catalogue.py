"""The generated tasks by name."""

from recurra.data.generated.adding import Adding
from recurra.data.generated.copy_memory import CopyMemory
from recurra.data.generated.ending import Ending
from recurra.data.generated.generated_task import GeneratedTask
from recurra.data.generated.parity import Parity, ParityAtEnd
from recurra.data.generated.pixels import PermutedPixels, Pixels
from recurra.data.generated.reversed_digits import ReversedDigits
from recurra.data.generated.temporal_order import TemporalOrder, TemporalOrderOfThree
from recurra.errors import DataError

GENERATED: dict[str, type[GeneratedTask]] = {
    "adding": Adding,
    "copy": CopyMemory,
    "parity": Parity,
    "parity/end": ParityAtEnd,
    "temporal-order": TemporalOrder,
    "temporal-order/3": TemporalOrderOfThree,
    "ending": Ending,
    "reversed-digits": ReversedDigits,
    "mnist": Pixels,
    "mnist/permuted": PermutedPixels,
}


def generated(name: str, length: int, shortest: int = 0) -> GeneratedTask:
    """Make a task.

    Args:
        name: in `GENERATED`.
        length, shortest: see `GeneratedTask`.

    Raises:
        DataError: there is no task of that name, or it has no such length; names both.
    """
    if name not in GENERATED:
        raise DataError(f"task: expected one of {', '.join(GENERATED)}, got {name!r}")
    try:
        return GENERATED[name](length, shortest=shortest)
    except DataError as error:
        raise DataError(f"task {name}: {error}") from None
