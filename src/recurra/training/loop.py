"""The training loop: read it from top to bottom."""

import math
import time
from contextlib import nullcontext
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor, nn

from recurra.errors import DataError, TrainingDiverged
from recurra.nn.generators import drawing_from
from recurra.training import checkpoint, interrupt, optimizer, schedule
from recurra.training.averaging import WeightAverage
from recurra.training.clock import Clock
from recurra.training.lesson import Lesson
from recurra.training.position import Position
from recurra.training.processes import Processes
from recurra.training.progress import Reporter
from recurra.training.run import RunFolder
from recurra.training.saved_training import require_training
from recurra.training.settings import TrainingConfig


class Training:
    """One training of one network.

    Args:
        lesson: network, batches and score.
        config: settings.
        run: folder that receives weights, scores and checkpoints; None keeps all in memory.
        processes: those that train together.
        show: whether to report on standard error.

    After `train`, `lesson.network` holds the best weights found, or the last where it was interrupted before the first
    evaluation; `weights` says which: "best", "last", or "start" where nothing was learnt. `finished` says whether
    it came to its end, and was not stopped before.
    """

    weights = "start"
    finished = False

    def __init__(
        self,
        lesson: Lesson,
        config: TrainingConfig,
        run: RunFolder | None,
        processes: Processes,
        show: bool = True,
    ):
        self.processes = processes
        self.lesson, self.config = lesson, config
        self.run = run if processes.main else None
        self.show = show and processes.main
        self.network = lesson.network.to(processes.device)
        processes.copy_from_main(self.network)
        self.average = WeightAverage(self.network, config)
        self.parameters = list(self.network.parameters())
        self.optimizer = optimizer.make(self.parameters, config)
        self.position = Position()
        self.carried: Any = None
        self.best_weights = _copy(self.network)
        self.total_steps = sum(lesson.steps_per_epoch(epoch) for epoch in range(config.epochs))
        self.generators = checkpoint.generators(processes.seed(config.seed), processes.device)

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
                for note in [*self.lesson.notes, *schedule.notes(self.config, self.total_steps)]:
                    report.line(note)
            self._write_scores()
            with interrupt.graceful() as stop, drawing_from(self.generators):
                self._epochs(report, stop)
            self._draw_curves(report)
        except KeyboardInterrupt:
            self._keep_last()
            raise
        except DataError:  # a file cannot be written
            self._say_how_to_resume(report)
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

    def _epochs(self, report: Reporter, stop: interrupt.Stop) -> None:
        at, processes, clock = self.position, self.processes, Clock(self.config)
        while not self._finished():
            steps = self.lesson.steps_per_epoch(at.epoch)
            for batch in self.lesson.batches(at.epoch, at.batch, processes.rank, processes.count):
                began = time.monotonic()
                loss = self._step(batch)
                at.seconds += time.monotonic() - began
                report.step(at.step, loss, (self.lesson.size(batch) if batch else 0) * processes.count)
                if at.batch == steps:
                    at.epoch, at.batch, self.carried = at.epoch + 1, 0, None
                interrupted, overdue, over = processes.any(stop.requested, clock.overdue(), clock.over())
                planned = self._evaluates_now()
                if planned or over:
                    self._evaluate(report, planned)
                if planned or over or interrupted or overdue:
                    self.save()
                    clock.restart()
                if planned or over:
                    self._write_scores()
                    if clock.takes_picture():
                        self._draw_curves(report)
                if self._finished():
                    break
                if interrupted:
                    raise self._interrupted(report)
                if over:
                    report.line(f"stopped at step {at.step}, after {self.config.max_minutes:g} minutes")
                    self._say_how_to_resume(report)
                    return
        self.finished = True
        if self._exhausted():
            report.line(f"stopped early: no progress in {at.stalled} evaluations")

    def _evaluates_now(self) -> bool:
        every = self.config.evaluate_every
        return self.position.batch == 0 or (every > 0 and self.position.step % every == 0)

    def _finished(self) -> bool:
        return self.position.epoch >= self.config.epochs or self._exhausted()

    def _step(self, batch: tuple[Tensor, ...]) -> float:
        """Learn from one batch; return its loss."""
        at, config = self.position, self.config
        rate = config.learning_rate * schedule.factor(config, at.step, self.total_steps) * at.plateau
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        if not self.network.training:
            self.network.train()
        loss, weight = torch.zeros((), device=self.processes.device), 0.0
        if batch:
            loss, self.carried = self._forward(batch)
            weight = self.lesson.weight(batch)
            loss.backward()
        value = self.processes.average(loss, self.parameters, weight)
        norm = float(nn.utils.clip_grad_norm_(self.parameters, config.clip_norm or math.inf))
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
        saved = f"; all is saved; to go on: {interrupt.resume_command(self.run.path)}" if self.run else ""
        line = f"interrupted at step {self.position.step}{which}{saved}"
        report.line(line)
        self._draw_curves(report)
        return KeyboardInterrupt(line)

    def _say_how_to_resume(self, report: Reporter) -> None:
        if self.run:
            report.line(f"to go on: {interrupt.resume_command(self.run.path)}")

    def _forward(self, batch: tuple[Tensor, ...]) -> tuple[Tensor, Any]:
        """Loss of a batch, and the state to carry on, cut off the graph of this batch."""
        device = self.processes.device
        low = self.config.precision == "bf16"
        with torch.autocast(device.type, torch.bfloat16) if low else nullcontext():
            loss, carried = self.network(*(part.to(device) for part in batch), self.carried)
        return loss.float(), _each_tensor(carried, lambda state: state.detach().float())

    def best_scores(self) -> dict[str, float]:
        """Scores of the evaluation with the best weights; none before the first."""
        monitor = self.lesson.monitor
        numbers = (record for record in self.position.records if math.isfinite(record[monitor]))
        record: dict[str, Any] = min(numbers, key=lambda record: float(record[monitor]), default={})
        return {name: value for name, value in record.items() if name == monitor or name.startswith("valid_")}

    def go_beyond_stall(self) -> None:
        """Where a training was stopped early, let it go on: somebody has asked for more epochs."""
        if self._exhausted():
            self.position.stalled = 0
            self.save()

    def _exhausted(self) -> bool:
        return bool(self.config.early_stopping) and self.position.stalled >= self.config.early_stopping

    def _diverged(self, loss: float, norm: float) -> TrainingDiverged:
        where = f" (best weights so far in {self.run.path})" if self.run else ""
        kept = f"the best weights so far are kept{where}" if self.weights == "best" else "no weights are kept yet"
        return TrainingDiverged(
            f"step {self.position.step + 1}: expected a finite loss and gradient, got loss {loss} and gradient norm "
            f"{norm}; {kept}. Try a smaller learning_rate, a smaller clip_norm or "
            f"more warmup_steps"
        )

    # --- evaluation ------------------------------------------------------------------------------------------------

    def _evaluate(self, report: Reporter, planned: bool = True) -> None:
        """Score the network, and keep its weights where they are the best; only what was planned counts as stalled."""
        at, monitor = self.position, self.lesson.monitor
        self.average.network.eval()
        scores = self.processes.from_main(self.lesson.evaluate(self.average.network))
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
            if self.run:
                self.run.write_weights(self.average.network)
        elif planned:
            at.stalled += 1
            self._stall()
        report.evaluation(record, best)

    def _stall(self) -> None:
        """Do what the settings ask for after evaluations without progress."""
        at, config = self.position, self.config
        if at.stalled >= config.plateau_patience:
            if self.average.waits:
                self.average.begin()
            if config.schedule == "plateau" and at.stalled % config.plateau_patience == 0:
                at.plateau *= config.plateau_factor

    def _write_scores(self) -> None:
        """Write the scores, after the checkpoint that holds them too."""
        if self.run and self.position.records:
            self.run.write_metrics(self.position.records)

    def _draw_curves(self, report: Reporter) -> None:
        """Draw the scores, which never ends a training."""
        if self.run is None or not self.position.records:
            return
        try:
            self.run.draw_curves(self.position.records, self.lesson.monitor, self.lesson.loss_unit)
        except Exception as error:
            report.once(f"{self.run.curves_file.name}: not drawn, the training goes on: {error}")

    # --- checkpoints -----------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Write the checkpoint."""
        state = {"random": checkpoint.random_state(self.generators), "carried": _each_tensor(self.carried, Tensor.cpu)}
        everyone = self.processes.gather(state)
        if self.run:
            if self.weights != "best" and self.position.step:
                self.run.write_weights(self.average.network, "last")
            averaged = self.average.averaged
            optimizer_state = self.optimizer.state_dict()
            tree = {
                "position": asdict(self.position),
                "network": self.network.state_dict(),
                "average": None if averaged is None else averaged.state_dict(),
                "optimizer": {key: optimizer_state[key] for key in ("state", "param_groups")},
                "processes": everyone,
            }
            self.run.write_checkpoint(tree, self.config)

    def resume(self, run: RunFolder) -> None:
        """Go back to where the last checkpoint of a run stands.

        Raises:
            DataError: the checkpoint is missing or broken, or was written by another number of processes.
        """
        tree = run.read_checkpoint(self.network, self.position, self.config)
        states = tree["processes"]
        if len(states) != self.processes.count:
            raise DataError(
                f"{run.last_file}: expected a training by as many processes as now, {self.processes.count}, "
                f"got one by {len(states)}; "
                f"go on with as many: {interrupt.resume_command(run.path, len(states))}"
            )
        require_training(tree, self.optimizer, self.lesson, self._carried_of_a_batch, run.last_file)
        for name, value in tree["position"].items():
            setattr(self.position, name, value)
        self.network.load_state_dict(tree["network"])
        if tree["average"] is not None:
            self.average.begin()
            self.average.averaged.load_state_dict(tree["average"])  # type: ignore[union-attr]
        self.optimizer.load_state_dict(tree["optimizer"])
        state = states[self.processes.rank]
        checkpoint.set_random_state(self.generators, state["random"])
        self.carried = _each_tensor(state["carried"], lambda part: part.to(self.processes.device))
        if run.weights_file.exists():
            self.best_weights = checkpoint.read_weights(run.weights_file)
        self.weights = "best" if math.isfinite(self.position.best) else "last" if self.position.step else "start"

    @torch.no_grad()
    def _carried_of_a_batch(self) -> Any:
        """The state that the network carries on from the first batch, to compare with."""
        self.network.eval()
        batch = next(self.lesson.batches(0, 0, self.processes.rank, self.processes.count), ())
        return self._forward(batch)[1] if batch else None


def _copy(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}


def _each_tensor(state: Any, function: Any) -> Any:
    """The same structure, with another tensor in the place of each."""
    return torch.utils._pytree.tree_map_only(Tensor, function, state)
