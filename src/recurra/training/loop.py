"""The training loop: read it from top to bottom."""

import math
import time
from dataclasses import asdict

from recurra.errors import DataError, TrainingDiverged
from recurra.nn.generators import drawing_from
from recurra.settings.training import TrainingConfig
from recurra.training import checkpoint, ending, interrupt, schedule
from recurra.training.batch import Batch
from recurra.training.best_weights import BestWeights
from recurra.training.clock import Clock
from recurra.training.data_module import DataModule, total_steps
from recurra.training.interrupt import Stop
from recurra.training.phases import Phases
from recurra.training.position import Position
from recurra.training.processes import Processes
from recurra.training.progress import Reporter
from recurra.training.run import RunFolder
from recurra.training.saved_training import require_as_many, require_training
from recurra.training.update import Step, Update
from recurra.training.validation import STEPS_LEFT, Validation, evaluating


class Training:
    """One training: epochs of batches, evaluations, checkpoints, and how it ends.

    Args:
        update: what learns from a batch.
        data: gives the batches.
        validation: scores what was learnt.
        config: settings.
        run: folder that receives weights, scores and checkpoints; None keeps all in memory.
        processes: those that train together.
        show: whether to report on standard error.
        how_to_resume: what goes on with the run, such as a command, for the log; None where there is no run.

    After `train`, `update.network` holds the best weights found, or the last where it was interrupted before the first
    evaluation; `best.kind` says which. `finished` says whether it came to its end, and was not stopped before.
    """

    finished = False

    def __init__(
        self,
        update: Update,
        data: DataModule,
        validation: Validation,
        config: TrainingConfig,
        run: RunFolder | None,
        processes: Processes,
        show: bool = True,
        how_to_resume: str | None = None,
    ):
        self.update, self.data, self.validation, self.config = update, data, validation, config
        self.phases = update if isinstance(update, Phases) else None
        self.processes = processes
        self.run = run if processes.main else None
        self.how_to_resume = how_to_resume if self.run else None
        self.show = show and processes.main
        self.position = Position()
        self.best = BestWeights(update.network, self.run)
        self.total_steps = total_steps(data, config.epochs)
        self.generators = checkpoint.generators(processes.seed(config.seed), processes.device)

    # --- the loop --------------------------------------------------------------------------------------------------

    def train(self) -> None:
        """Learn until the epochs are done, validation stalls, or somebody interrupts.

        Raises:
            TrainingDiverged: a loss or gradient is not finite; the best weights so far are kept.
            KeyboardInterrupt: somebody interrupted; the checkpoint is written.
        """
        log = self.run.log_file if self.run else None
        report = Reporter(self.total_steps, self.data.unit, log, self.show)
        try:
            if self.position.step == 0:
                for warning in [*self.data.warnings, *schedule.warnings(self.config, self.total_steps)]:
                    report.line(warning)
            self._write_scores()
            with interrupt.graceful() as stop, drawing_from(self.generators):
                self._run_epochs(report, stop)
            self._draw_curves(report)
        except KeyboardInterrupt:
            self._keep_last()
            raise
        except DataError:  # a file cannot be written
            self._report_how_to_resume(report)
            raise
        else:
            self._keep_last()
        finally:
            report.close()
            self.update.network.load_state_dict(self.best.values)
            self.update.network.eval()

    def _run_epochs(self, report: Reporter, stop: Stop) -> None:
        position, clock = self.position, Clock(self.config)
        while not self._is_finished():
            steps = self.data.steps_per_epoch(position.epoch)
            batches = self.data.batches(position.epoch, position.batch, self.processes.rank, self.processes.count)
            for batch in batches:
                began = time.monotonic()
                step = self._step(batch)
                position.seconds += time.monotonic() - began
                size = (batch.size if batch else 0) * self.processes.count
                report.step(position.step, {**step.losses, **step.scores}, size)
                for warning in step.warnings:
                    report.line(warning)
                if position.batch == steps:
                    position.begin_epoch()
                    self.update.end_epoch()
                if self._stops_after(step, report, stop, clock):
                    return
                if self._is_finished():
                    break
        self.finished = True
        if self._has_met_target():
            target = self.validation.target
            report.line(f"stopped early: {self.validation.monitor} {position.best:.4g} is at most {target:.4g}")
        elif self._is_exhausted():
            report.line(f"stopped early: no progress in {position.stalled} evaluations")

    def _step(self, batch: Batch | None) -> Step:
        """Learn from one batch, and count it."""
        try:
            step = self.update.step(batch, self.position.step)
        except TrainingDiverged as error:
            raise ending.diverged(error, self.position.step + 1, self.best.kind, self.run) from None
        self.position.count(step)
        return step

    def _stops_after(self, step: Step, report: Reporter, stop: Stop, clock: Clock) -> bool:
        """Do what is due after a step: evaluate, save, draw; tell whether the time of this session is over.

        Raises:
            KeyboardInterrupt: somebody interrupted.
        """
        is_interrupted, is_overdue, is_over = self.processes.any(stop.requested, clock.overdue(), clock.over())
        ends_phase = self.phases is not None and self.phases.ends_phase(self.position.step)
        is_planned = self._evaluates_now() or ends_phase
        evaluates = is_planned or is_over
        if evaluates:
            self._evaluate(step, report, is_planned)
        if ends_phase:
            self._begin_next_phase(report)
        if evaluates or is_interrupted or is_overdue:
            self.save()
            clock.restart()
        if evaluates:
            self._write_scores()
            if clock.takes_picture():
                self._draw_curves(report)
        if self._is_finished():
            return False
        if is_interrupted:
            line = ending.interrupted(self.position.step, self.best.kind, self.how_to_resume)
            report.line(line)
            self._draw_curves(report)
            raise KeyboardInterrupt(line)
        if is_over:
            report.line(f"stopped at step {self.position.step}, after {self.config.max_minutes:g} minutes")
            self._report_how_to_resume(report)
        return is_over

    def _evaluates_now(self) -> bool:
        every = self.config.evaluate_every
        return self.position.batch == 0 or (every > 0 and self.position.step % every == 0)

    def _is_finished(self) -> bool:
        return self.position.epoch >= self.config.epochs or self._has_met_target() or self._is_exhausted()

    def _has_met_target(self) -> bool:
        return self._is_in_last_phase() and self.position.best <= self.validation.target

    def _is_exhausted(self) -> bool:
        patience = self.config.early_stopping
        return bool(patience) and self._is_in_last_phase() and self.position.stalled >= patience

    def _is_in_last_phase(self) -> bool:
        return self.phases is None or self.phases.is_last

    def _begin_next_phase(self, report: Reporter) -> None:
        """Go on to the next phase, from the best weights of this one; its own best is yet to come."""
        assert self.phases is not None
        self.phases.begin_next(self.best.values)
        self.position.begin_phase()
        self.best.begin_anew()
        report.forget_losses()
        report.line(f"phase {self.phases.number + 1} of {len(self.phases.phases)} begins")

    def go_beyond_stall(self) -> None:
        """Where a training was stopped early, let it go on: somebody has asked for more epochs."""
        if self._is_exhausted():
            self.position.stalled = 0
            self.save()

    # --- evaluation ------------------------------------------------------------------------------------------------

    def _evaluate(self, step: Step, report: Reporter, is_planned: bool) -> None:
        """Score the network, and keep its weights where they are the best; only what was planned counts as stalled."""
        position, monitor = self.position, self.validation.monitor
        network = self.update.evaluated_network
        # what is drawn for the scores is the same each time, and the training draws on as if there had been none
        generators = checkpoint.generators(self.config.seed, self.processes.device)
        with evaluating(network), drawing_from(generators):
            scores = self.processes.from_main(self.validation.score(network))
        record = {"epoch": position.epoch if position.batch == 0 else position.epoch + 1, "step": position.step}
        record |= position.take_means() | step.learning_rates | {"seconds": round(position.seconds, 3)} | scores
        if monitor == STEPS_LEFT:
            record[monitor] = self.total_steps - position.step
        position.records.append(record)
        is_best = record[monitor] < position.best
        if is_best:
            position.best, position.stalled = record[monitor], 0
            self.best.take_best(network)
        elif is_planned:
            position.stalled += 1
            self.update.stall(position.stalled)
        report.evaluation(record, is_best)

    def _write_scores(self) -> None:
        """Write the scores, after the checkpoint that holds them too."""
        if self.run and self.position.records:
            self.run.write_metrics(self.position.records)

    def _draw_curves(self, report: Reporter) -> None:
        """Draw losses and scores, which never ends a training."""
        if self.run is None or not self.position.records:
            return
        try:
            self.run.draw_curves(self.position.records, self.validation.monitor, self.update.loss_unit)
        except Exception as error:
            report.once(f"{self.run.curves_file.name}: not drawn, the training goes on: {error}")

    # --- the end ---------------------------------------------------------------------------------------------------

    def has_learnt(self, error: BaseException) -> bool:
        """Whether there are weights to keep after an error that ended `train`."""
        return isinstance(error, KeyboardInterrupt | TrainingDiverged) and self.best.kind != "start"

    def _keep_last(self) -> None:
        if self.position.step:
            self.best.take_last(self.update.evaluated_network)

    def _report_how_to_resume(self, report: Reporter) -> None:
        if self.how_to_resume:
            report.line(ending.to_go_on(self.how_to_resume))

    # --- checkpoints -----------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Write the checkpoint."""
        state = {"random": checkpoint.random_state(self.generators), "update": self.update.process_state()}
        of_processes = self.processes.gather(state)
        if self.run:
            if self.position.step:
                self.best.write_last(self.update.evaluated_network)
            tree = {
                "position": asdict(self.position),
                "update": self.update.state_dict(),
                "processes": of_processes,
            }
            self.run.write_checkpoint(tree, self.config)

    def resume(self, run: RunFolder) -> None:
        """Go back to where the last checkpoint of a run stands.

        Raises:
            DataError: the checkpoint is missing or broken, is of another training, or was written by another number of
                processes.
        """
        tree = run.read_checkpoint(self.update.network, self.config)
        require_training(tree, self.data, self.validation.monitor, run.last_file)
        states = tree["processes"]
        require_as_many(len(states), self.processes.count, run)
        of_updates = [state["update"] for state in states]
        batches = self.data.batches(0, 0, self.processes.rank, self.processes.count)
        self.update.require_state(tree["update"], of_updates, lambda: next(batches, None), run.last_file)
        self.position = Position(**tree["position"])
        state = states[self.processes.rank]
        self.update.load_state(tree["update"], state["update"])
        checkpoint.set_random_state(self.generators, state["random"])
        has_best = math.isfinite(self.position.best)
        self.best.read(run, "best" if has_best else "last" if self.position.step else "start")
