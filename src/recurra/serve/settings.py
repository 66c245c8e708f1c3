"""What a person chooses of a server, with its bounds; the flags of `recurra serve` follow from it."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Interval

from recurra.errors import DataError
from recurra.serve.explanations.settings import ExplanationSettings
from recurra.serve.files.settings import FileSettings
from recurra.serve.protection.settings import ProtectionSettings
from recurra.serve.sessions.settings import SessionSettings
from recurra.settings.answering_precision import AnsweringPrecision
from recurra.settings.bounds import Count, CountOrZero, Seconds, Threads
from recurra.settings.check import check

Port = Annotated[int, Interval(ge=0, le=65535)]
Workers = Annotated[int, Interval(ge=1, le=256)]
Viewers = Literal["local", "all", "none"]


@dataclass(kw_only=True)
class ServeSettings(ProtectionSettings, SessionSettings, FileSettings, ExplanationSettings):
    """Settings of a server."""

    host: str = "127.0.0.1"
    """Address to listen at; 0.0.0.0 lets other machines in."""
    port: Port = 8000
    """To listen at; 0 takes a free one."""
    max_tokens: Count = 100_000
    """Symbols that one request may ask to be written, over all of its texts."""
    max_prompt_tokens: Count = 1_000_000
    """Symbols of one request's prompts, together."""
    max_texts: Count = 128
    """Texts that one request may ask for: its prompts times n."""
    max_rows: Count = 256
    """Texts that a language model writes at once; more wait."""
    max_waiting: CountOrZero = 256
    """Texts that may wait for a place, and requests to a run of another job; more are refused with 429."""
    threads: Threads = 0
    """Of the processor that each model computes with; 0 takes what PyTorch takes."""
    precision: AnsweringPrecision = "float32"
    """Of the weights that answer: "float32"; "int8" and "bf16" write two to four times as fast, somewhat differently;
    `recurra evaluate --precision` tells by how much. A run that cannot is not served."""
    max_state_symbols: Count = 5_000
    """Symbols of a text whose hidden states a client may ask for, or steps of a sequence to be explained."""
    max_inputs: Count = 1024
    """Inputs of one request to a job other than completions."""
    max_input_symbols: Count = 1_000_000
    """Characters and numbers of these, together."""
    max_made_frames: Count = 2_000
    """Frames that one request to a generator of clips may ask for, over all of its clips."""
    real_samples: Viewers = "local"
    """Who may see real samples beside those that a generator makes, and explanations, which show examples of the data:
    "local", clients on this machine; "all"; "none"."""
    request_seconds: Seconds = 600.0
    """Time that one request may take; 0 sets no bound."""
    workers: Workers = 1
    """Processes that answer, each with the runs in its own memory; one that dies is started again."""
    shutdown_seconds: Seconds = 10.0
    """Time that requests which have begun have to end in when the server is stopped."""

    def __post_init__(self) -> None:
        check(self)
        if self.workers > 1 and self.sessions == "":
            got = 'got "", in memory, where one process alone would know a session'
            raise DataError(f"sessions: expected a file with {self.workers} workers, {got}")
