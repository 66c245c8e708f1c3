"""The training loop: read it from top to bottom."""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object, set_seed
from torch import Tensor, nn

from recurra.errors import DataError, TrainingDiverged
from recurra.training import checkpoint, schedule
from recurra.training.averaging import WeightAverage
from recurra.training.interrupt import Stop, graceful
from recurra.training.progress import Reporter
from recurra.training.run import RunFolder
from recurra.training.settings import TrainingConfig


class Lesson(Protocol):
    """What a task gives the loop: a network, batches, and a score.

    network: its call on a batch and the carried state gives loss (mean over the batch, in nats) and the next state.
    monitor: name of the score that is to become small, one of `evaluate` or "train_loss". unit: what `size` counts.
    notes: what a person should know of the data before, a line each.
    """

    network: nn.Module
    monitor: str
    unit: str
    notes: Sequence[str]

    def steps_per_epoch(self, epoch: int) -> int:
        """Batches of an epoch; the same for every epoch but for a remainder."""

    def batches(self, epoch: int, start: int, rank: int, world_size: int) -> Iterator[tuple[Tensor, ...]]:
        """Give this process's share of the batches of an epoch, from number `start` on."""

    def size(self, batch: tuple[Tensor, ...]) -> int:
        """Count what a batch holds, for the display of speed."""

    def evaluate(self, network: nn.Module) -> dict[str, float]:
        """Score a network on the validation part."""


@dataclass
class Position:
    """Where a training stands, in plain numbers."""

    epoch: int = 0
    batch: int = 0
    step: int = 0
    best: float = math.inf
    stalled: int = 0
    """Evaluations since the best."""
    plateau: float = 1.0
    """What the plateau schedule has multiplied the learning rate by."""
    loss_sum: float = 0.0
    loss_steps: int = 0
    """Training loss since the last evaluation."""
    seconds: float = 0.0
    """Time spent training, over all sessions."""
    records: list[dict[str, Any]] = field(default_factory=list)


class Training:
    """One training of one network.

    Args:
        lesson: what is learnt.
        config: how.
        run: folder that receives weights, scores and checkpoints; None keeps all in memory.
        accelerator: devices, processes and precision.
        show: whether to report on standard error.

    After `train`, `lesson.network` holds the best weights found, or the last where it was interrupted before the first
    evaluation; `weights` says which: "best", "last", or "start" where nothing was learnt.
    """

    weights = "start"

    def __init__(
        self,
        lesson: Lesson,
        config: TrainingConfig,
        run: RunFolder | None,
        accelerator: Accelerator,
        show: bool = True,
    ):
        self.accelerator = accelerator
        self.main = self.accelerator.is_main_process
        self.alone = self.accelerator.num_processes == 1
        self.lesson, self.config = lesson, config
        self.run = run if self.main else None
        self.show = show and self.main
        self.network = lesson.network
        self.average = WeightAverage(self.network.to(self.accelerator.device), config)
        self.model = self.accelerator.prepare(self.network)
        self.parameters = list(self.network.parameters())
        self.optimizer = _optimizer(self.parameters, config)
        self.position = Position()
        self.carried: Any = None
        self.best_weights = _copy(self.network)
        self.total_steps = sum(lesson.steps_per_epoch(epoch) for epoch in range(config.epochs))
        set_seed(config.seed + self.accelerator.process_index)

    # --- the loop --------------------------------------------------------------------------------------------------

    def train(self) -> None:
        """Learn until the epochs are done, validation stalls, or somebody interrupts.

        Raises:
            TrainingDiverged: a loss or gradient is not finite; the best weights so far are kept.
            KeyboardInterrupt: somebody interrupted; the checkpoint is written.
        """
        log = self.run.log_file if self.run else None
        report = Reporter(self.total_steps, self.lesson.unit, log, self.show)
        try:
            if self.position.step == 0:
                for note in self.lesson.notes:
                    report.line(note)
            with graceful() as stop:
                self._epochs(report, stop)
        except KeyboardInterrupt:
            self._keep_last()
            raise
        else:
            self._keep_last()
        finally:
            report.close()
            self.network.load_state_dict(self.best_weights)

    def has_learnt(self, error: BaseException) -> bool:
        """Whether there are weights to keep after an error that ended `train`."""
        return isinstance(error, KeyboardInterrupt | TrainingDiverged) and self.weights != "start"

    def _keep_last(self) -> None:
        """Keep the weights as they are now, where none have been evaluated, or none had a score that is a number."""
        if self.weights != "best" and self.position.step:
            self.weights = "last"
            self.best_weights = _copy(self.average.network)

    def _epochs(self, report: Reporter, stop: Stop) -> None:
        at, config = self.position, self.config
        saved = time.monotonic()
        while at.epoch < config.epochs and not self._exhausted():
            steps = self.lesson.steps_per_epoch(at.epoch)
            rank, world_size = self.accelerator.process_index, self.accelerator.num_processes
            for batch in self.lesson.batches(at.epoch, at.batch, rank, world_size):
                began = time.monotonic()
                loss = self._step(batch)
                at.seconds += time.monotonic() - began
                report.step(at.step, loss, self.lesson.size(batch) * world_size)
                if at.batch == steps:
                    at.epoch, at.batch, self.carried = at.epoch + 1, 0, None
                if at.batch == 0 or (config.evaluate_every and at.step % config.evaluate_every == 0):
                    self._evaluate(report)
                    saved = self._save()
                if self._anywhere(stop.requested):
                    self._save()
                    raise self._interrupted(report)
                if time.monotonic() - saved > config.checkpoint_seconds:
                    saved = self._save()
                if self._exhausted():
                    report.line(f"stopped early: no progress in {at.stalled} evaluations")
                    break

    def _step(self, batch: tuple[Tensor, ...]) -> float:
        """Learn from one batch; return its loss."""
        at, config = self.position, self.config
        rate = config.learning_rate * schedule.factor(config, at.step, self.total_steps) * at.plateau
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        if not self.model.training:
            self.model.train()
        loss, carried = self.model(*(part.to(self.accelerator.device) for part in batch), self.carried)
        self.carried = _detach(carried)
        loss.backward()
        norm = float(nn.utils.clip_grad_norm_(self.parameters, config.clip_norm or math.inf))
        value = float(loss.detach() if self.alone else self.accelerator.reduce(loss.detach(), "mean"))
        if not (math.isfinite(value) and math.isfinite(norm)):
            raise self._diverged(value, norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.average.update()
        at.step, at.batch = at.step + 1, at.batch + 1
        at.loss_sum, at.loss_steps = at.loss_sum + value, at.loss_steps + 1
        return value

    def _interrupted(self, report: Reporter) -> KeyboardInterrupt:
        which = "" if self.weights == "best" else " before the first evaluation; the weights kept are the last"
        line = f"interrupted at step {self.position.step}{which}{'; all is saved' if self.run else ''}"
        report.line(line)
        return KeyboardInterrupt(line)

    def _exhausted(self) -> bool:
        return bool(self.config.early_stopping) and self.position.stalled >= self.config.early_stopping

    def _anywhere(self, wish: bool) -> bool:
        """Whether any process has a wish, so that all do the same at the same step."""
        if self.alone:
            return wish
        total: Any = self.accelerator.reduce(torch.tensor(float(wish), device=self.accelerator.device), "sum")
        return bool(total > 0)

    def _diverged(self, loss: float, norm: float) -> TrainingDiverged:
        where = f" (best weights so far in {self.run.path})" if self.run else ""
        kept = f"the best weights so far are kept{where}" if self.weights == "best" else "no weights are kept yet"
        return TrainingDiverged(
            f"step {self.position.step + 1}: expected a finite loss and gradient, got loss {loss} and gradient norm "
            f"{norm}; {kept}. Try a smaller learning_rate, a smaller clip_norm or "
            f"more warmup_steps"
        )

    # --- evaluation ------------------------------------------------------------------------------------------------

    def _evaluate(self, report: Reporter) -> None:
        at, config, monitor = self.position, self.config, self.lesson.monitor
        self.average.network.eval()
        scores = self.lesson.evaluate(self.average.network)
        record = {
            "epoch": at.epoch if at.batch == 0 else at.epoch + 1,
            "step": at.step,
            "train_loss": at.loss_sum / max(1, at.loss_steps),
            "learning_rate": self.optimizer.param_groups[0]["lr"],
            "seconds": round(at.seconds, 1),
        } | scores
        at.loss_sum, at.loss_steps = 0.0, 0
        at.records.append(record)
        best = record[monitor] < at.best
        if best:
            at.best, at.stalled, self.weights = record[monitor], 0, "best"
            self.best_weights = _copy(self.average.network)
        else:
            at.stalled += 1
        if at.stalled >= config.plateau_patience:
            if self.average.waits:
                self.average.begin()
            if config.schedule == "plateau" and at.stalled % config.plateau_patience == 0:
                at.plateau *= config.plateau_factor
        report.evaluation(record, monitor, best)
        if self.run:
            if best:
                self.run.write_weights(self.average.network)
            self.run.write_metrics(at.records, monitor)

    # --- checkpoints -----------------------------------------------------------------------------------------------

    def _save(self) -> float:
        """Write the checkpoint; return when that was."""
        own = {"random": checkpoint.random_state(), "carried": self.carried}
        everyone = gather_object([own]) if not self.alone else [own]
        if self.run:
            if self.weights != "best" and self.position.step:
                self.run.write_weights(self.average.network, "last")
            averaged = self.average.averaged
            optimizer = self.optimizer.state_dict()
            tree = {
                "position": asdict(self.position),
                "network": self.network.state_dict(),
                "average": None if averaged is None else averaged.state_dict(),
                "optimizer": {"state": optimizer["state"], "param_groups": optimizer["param_groups"]},
                "processes": everyone,
            }
            checkpoint.save_tree(self.run.last_file, tree)
        return time.monotonic()

    def resume(self, run: RunFolder) -> None:
        """Go back to where the last checkpoint of a run stands; to the start, if it has none.

        Raises:
            DataError: the checkpoint is broken, or was written by another number of processes.
        """
        if not run.last_file.exists():
            return
        tree = checkpoint.load_tree(run.last_file)
        processes = tree["processes"]
        if len(processes) != self.accelerator.num_processes:
            raise DataError(
                f"{run.last_file}: expected a checkpoint of {self.accelerator.num_processes} processes, "
                f"got one of {len(processes)}"
            )
        for name, value in tree["position"].items():
            setattr(self.position, name, value)
        self.network.load_state_dict(tree["network"])
        if tree["average"] is not None:
            self.average.begin()
            self.average.averaged.load_state_dict(tree["average"])  # type: ignore[union-attr]
        self.optimizer.load_state_dict(tree["optimizer"])
        own = processes[self.accelerator.process_index]
        checkpoint.set_random_state(own["random"])
        self.carried = _to(own["carried"], self.accelerator.device)
        if run.weights_file.exists():
            self.best_weights = checkpoint.read_weights(run.weights_file)
        self.weights = "best" if math.isfinite(self.position.best) else "last" if self.position.step else "start"


def _optimizer(parameters: list[nn.Parameter], config: TrainingConfig) -> torch.optim.Optimizer:
    rate, decay = config.learning_rate, config.weight_decay
    if config.optimizer in ("sgd", "asgd"):
        return torch.optim.SGD(parameters, rate, momentum=config.momentum, weight_decay=decay)
    adam = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[config.optimizer]
    return adam(parameters, rate, betas=(0.9, config.beta2), weight_decay=decay, fused=True)


def _copy(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}


def _detach(state: Any) -> Any:
    """Cut a carried state off the graph of the batch that made it."""
    return torch.utils._pytree.tree_map_only(Tensor, Tensor.detach, state)


def _to(state: Any, device: torch.device) -> Any:
    return torch.utils._pytree.tree_map_only(Tensor, lambda part: part.to(device), state)
