"""One thread that writes all texts of a language model, a symbol of each at every step.

A text that comes joins at the next step, one whose client has gone leaves before it, and no text waits for another to
end while there is room. Short prompts are read together, a long one in pieces between the steps of the others. Source:
iteration-level scheduling (Yu et al., 2022, "Orca"); of a recurrent network a text's whole memory is one row of its
state, so that a row may join or leave at the cost of copying it.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence

import torch

from recurra.serve.errors import busy, stopping
from recurra.serve.run_threads import RunThread
from recurra.serve.writing.text import Finish, Prompt, Text, Token
from recurra.tasks.language_model.task import LanguageModel
from recurra.tasks.language_model.writer import SHORT, Row, Unread

log = logging.getLogger(__name__)

READ_AT_ONCE = 512
"""Symbols of a prompt that are read between two steps of the texts that are being written."""


class Engine(RunThread):
    """Writes texts of one language model.

    Args:
        task: the language model.
        most_rows: texts that are written at once.
        most_waiting: texts that may wait for a place.
        notify: called from the engine's thread with all texts to which something was added, once a step.
        threads: as of `RunThread`.
    """

    def __init__(
        self,
        task: LanguageModel,
        most_rows: int,
        most_waiting: int,
        notify: Callable[[list[Text]], None],
        threads: int = 0,
    ) -> None:
        super().__init__(threads)
        self._task, self._most_rows, self._most_waiting, self._notify = task, most_rows, most_waiting, notify
        self._writer = task.writer()
        self._texts: dict[Row, Text] = {}  # that are being written
        self._written: dict[Text, int] = {}  # symbols of each
        self._reading: deque[Prompt] = deque()
        self._over: list[Text] = []  # in this step
        # what other threads use too
        self._waiting: deque[Prompt] = deque()
        self._open = 0  # texts that are not over
        self._start()

    # --- called from any thread ------------------------------------------------------------------------------------

    def add(self, prompts: Sequence[Prompt]) -> None:
        """Let texts be written, all of them or none.

        Raises:
            ApiError: 429, too many texts wait; 503, the engine is being stopped.
        """
        count = sum(len(prompt.texts) for prompt in prompts)
        with self._changed:
            self._require_open()
            if self._open + count > self._most_rows + self._most_waiting:
                raise busy("too many texts are being written; try again")
            self._waiting.extend(prompts)
            self._open += count
            self._changed.notify()

    @property
    def open(self) -> int:
        """Texts that wait, or are being read or written."""
        return self._open

    @property
    def waiting(self) -> int:
        """Texts that wait for a place."""
        with self._changed:
            return sum(len(prompt.texts) for prompt in self._waiting)

    # --- the thread ------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while self._has_work():
            try:
                self._leave()
                self._join()
                self._read()
                self._step()
            except Exception as error:  # a fault of the program: these texts fail, the thread goes on
                log.exception("a step of writing failed")
                self._give_up(error)
            self._tell()
        self._give_up(stopping())
        self._tell()

    def _has_work(self) -> bool:
        """Wait until there is something to do; False when there will be nothing more."""
        with self._changed:
            while not (self._stops or self._open):
                if self._closes:
                    return False
                self._changed.wait()
            return not self._stops

    def _leave(self) -> None:
        """Take away texts whose clients have gone."""
        for row in [row for row, text in self._texts.items() if text.is_cancelled]:
            self._texts[row].finish = "cancelled"
            self._remove([row])
        for prompt in [prompt for prompt in self._reading if prompt.is_cancelled]:
            self._reading.remove(prompt)
            self._end(prompt, "cancelled")

    def _join(self) -> None:
        """Let texts that wait begin, while there is room."""
        with self._changed:
            size = len(self._texts) + sum(len(prompt.texts) for prompt in self._reading)
            while self._waiting and size < self._most_rows:
                prompt = self._waiting.popleft()
                if prompt.is_cancelled:
                    self._end(prompt, "cancelled")
                else:
                    size += len(prompt.texts)
                    self._reading.append(prompt)

    def _read(self) -> None:
        """Read what prompts there are: short ones together, long ones in pieces between the steps of the others."""
        self._read_short()
        while self._reading:
            prompt = self._reading[0]
            try:
                self._read_piece(prompt)
            except Exception as error:
                log.exception("a prompt could not be read")
                self._reading.popleft()
                self._end(prompt, error)
                continue
            if prompt.read >= len(prompt.symbols):
                self._reading.popleft()
                self._begin(prompt)
            if self._texts and len(prompt.symbols) > READ_AT_ONCE:
                break

    def _read_short(self) -> None:
        """Read all short prompts together."""
        short = [prompt for prompt in self._reading if len(prompt.symbols) <= SHORT]
        try:
            unread = [Unread(prompt.symbols, prompt.place, prompt.alternatives) for prompt in short]
            read = self._writer.read_together(unread) if unread else []
        except Exception:  # each is read alone then, so that only who is at fault fails
            log.exception("prompts could not be read together")
            return
        for prompt, (place, written) in zip(short, read, strict=True):
            prompt.place, prompt.written = place, written
            self._reading.remove(prompt)
            self._begin(prompt)

    def _read_piece(self, prompt: Prompt) -> None:
        piece = list(prompt.symbols[prompt.read : prompt.read + READ_AT_ONCE])
        if piece:
            prompt.place, written = self._writer.read(torch.tensor([piece]), prompt.place, prompt.alternatives)
            prompt.written += written
        prompt.read += READ_AT_ONCE

    def _begin(self, prompt: Prompt) -> None:
        """Let the texts begin that go on from a prompt that was read."""
        assert prompt.place is not None
        for text in prompt.texts:
            if text.length:
                row = Row(prompt.place, text.draws, text.filters, text.alternatives)
                self._writer.add(row)
                self._texts[row], self._written[text] = text, 0
            else:
                text.end, text.finish = prompt.place, "length"
                self._over.append(text)

    def _step(self) -> None:
        """Write a symbol of each text."""
        if not self._texts:
            return
        ended = []
        for row, written in zip(self._writer.rows, self._writer.step(), strict=True):
            text = self._texts[row]
            piece = text.pieces.push(written.symbol)
            self._written[text] += 1
            finish: Finish | None = None
            if text.pieces.ended:
                finish = "stop"
            elif self._written[text] == text.length:
                finish, piece = "length", piece + text.pieces.close()
            text.tokens.append(Token(written.symbol, piece, written.log_prob, written.alternatives))
            if finish is not None:
                text.end = self._writer.place(row) if text.keeps_place else None
                text.finish = finish  # last: its reader looks at this first
                ended.append(row)
        self._remove(ended)

    def _remove(self, rows: list[Row]) -> None:
        """Take away texts that are over."""
        if rows:
            self._writer.remove(rows)
        for row in rows:
            text = self._texts.pop(row)
            del self._written[text]
            self._over.append(text)

    def _end(self, prompt: Prompt, reason: Finish | Exception) -> None:
        """End the texts of a prompt that was not read to its end."""
        for text in prompt.texts:
            if isinstance(reason, Exception):
                text.error = reason
            else:
                text.finish = reason
        self._over += prompt.texts

    def _give_up(self, error: Exception) -> None:
        """End all texts that are read or written; when the engine stops, those that wait too."""
        with self._changed:
            prompts = list(self._reading) + (list(self._waiting) if self._stops else [])
            if self._stops:
                self._waiting.clear()
        for text in self._texts.values():
            text.error = error
        self._over += self._texts.values()
        for prompt in prompts:
            self._end(prompt, error)
        self._texts.clear()
        self._written.clear()
        self._reading.clear()
        self._writer = self._task.writer()

    def _tell(self) -> None:
        """Tell the readers what has changed."""
        over, self._over = self._over, []
        if over:
            with self._changed:
                self._open -= len(over)
        changed = [*self._texts.values(), *over]
        if changed:
            self._notify(changed)
