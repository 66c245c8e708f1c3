"""What Recurra raises when the fault lies outside the program: in the data, or in how a training went."""


class DataError(ValueError):
    """Wrong data or settings; the message is one line that names the file, the line, what was expected and found."""


class TrainingDiverged(RuntimeError):
    """The loss or its gradient stopped being finite; the message says at which step and what to try."""
