"""What is said of recurrent networks, each sentence computed from what was measured: shown, not shown, or refuted."""

import statistics
from collections.abc import Sequence

from recurra.explain.compare.training_result import TrainingResult

_REMEMBERS = 0.5  # of chance's loss that is gone, from which on a network counts as remembering
_FORGETS = 0.1  # below which it counts as no better than chance
_CHEAPER = 0.95  # of the time of another
_EXPLODES = 10.0  # norms of gradients, means over the steps between two evaluations


def of(results: Sequence[TrainingResult], network: str, length: int) -> list[TrainingResult]:
    """The trainings of a network at a length, a seed each."""
    return [result for result in results if result.network == network and result.length == length]


def score(result: TrainingResult, metric: str) -> float | None:
    """The score that is drawn; None where nothing was learnt."""
    return result.accuracy if metric == "accuracy" else result.loss


def chance(result: TrainingResult, metric: str) -> float:
    """The score of the best answer that looks at no input."""
    if metric == "accuracy":
        assert result.chance_accuracy is not None
        return result.chance_accuracy
    return result.chance_loss


def seconds_per_step(results: Sequence[TrainingResult]) -> float:
    """Time to learn from one batch; the middle of the seeds."""
    return statistics.median(result.seconds_per_step for result in results)


def verdict(task: str, networks: Sequence[str], lengths: Sequence[int], results: Sequence[TrainingResult]) -> str:
    """Up to which length each network solved the task, in one sentence."""
    reached = []
    for network in networks:
        solved = [length for length in lengths if _solves(results, network, length)]
        skills = [_skill(results, network, length) for length in lengths]
        if any(result.solved_loss for result in results):
            reached.append(f"{network} solved {_listed(solved) or 'no length'}")
        else:
            reached.append(f"{network} took {min(skills):.0%} to {max(skills):.0%} of chance's loss away")
    return f"{task}, lengths {_listed(lengths)}: " + "; ".join(reached) + "."


def sentences(networks: Sequence[str], lengths: Sequence[int], results: Sequence[TrainingResult]) -> list[str]:
    """What the measurement shows of what is said of recurrent networks; of what was not compared, nothing."""
    claims = [
        _window_has_no_memory(networks, lengths, results),
        *(_plain_recurrence_forgets(network, networks, lengths, results) for network in networks),
        *(_gates_remember(network, lengths, results) for network in networks),
        _gru_is_cheaper(networks, lengths, results),
        *(_two_directions_see_more(network, networks, lengths, results) for network in networks),
        _clipping_stops_explosions(networks, results),
    ]
    return [claim for claim in claims if claim]


def remembers(results: Sequence[TrainingResult], network: str, length: int) -> bool:
    """Whether a network has learnt at a length: most of chance's loss is gone."""
    return _skill(results, network, length) > _REMEMBERS


# --- what a network reached ------------------------------------------------------------------------------------------


def _skill(results: Sequence[TrainingResult], network: str, length: int) -> float:
    """The share of chance's loss that is gone, the mean over the seeds."""
    return statistics.fmean(result.skill for result in of(results, network, length))


def _solves(results: Sequence[TrainingResult], network: str, length: int) -> bool:
    return all(result.is_solved for result in of(results, network, length))


def _loss(results: Sequence[TrainingResult], network: str, length: int) -> str:
    losses = [result.loss for result in of(results, network, length) if result.loss is not None]
    return f"{statistics.fmean(losses):.3g}" if losses else "none, it diverged"


def _base(network: str) -> str:
    """A name without its options."""
    return network.split("+")[0]


def _listed(lengths: Sequence[int]) -> str:
    return ", ".join(map(str, lengths))


# --- claims ----------------------------------------------------------------------------------------------------------


def _window_has_no_memory(
    networks: Sequence[str], lengths: Sequence[int], results: Sequence[TrainingResult]
) -> str | None:
    """An MLP sees its window and nothing before."""
    mlp = next((network for network in networks if _base(network) == "mlp"), None)
    if mlp is None:
        return None
    window = _window_of(results, mlp)
    beyond = [length for length in lengths if length > window]
    if not beyond:
        return f"Not shown: that {mlp} has no memory; no length is beyond the {window} steps that it sees."
    best = {
        length: max((network for network in networks), key=lambda n: _skill(results, n, length)) for length in beyond
    }
    shown = [n for n in beyond if _skill(results, mlp, n) < _FORGETS and _skill(results, best[n], n) > _REMEMBERS]
    if shown:
        length = shown[-1]
        return (
            f"Shown: {mlp} has no memory. At length {length} its loss is {_loss(results, mlp, length)}, that of chance "
            f"{_chance(results, length)}; {best[length]} reaches {_loss(results, best[length], length)}."
        )
    length = beyond[-1]
    return (
        f"Not shown: that {mlp} has no memory. At length {length} its loss is {_loss(results, mlp, length)}, that of "
        f"chance {_chance(results, length)}, and that of the best network, {best[length]}, "
        f"{_loss(results, best[length], length)}."
    )


def _window_of(results: Sequence[TrainingResult], mlp: str) -> int:
    """The steps that the mlp saw."""
    return next(int(result.settings["window"]) for result in results if result.network == mlp)


def _chance(results: Sequence[TrainingResult], length: int) -> str:
    return f"{next(result.chance_loss for result in results if result.length == length):.3g}"


def _plain_recurrence_forgets(
    network: str, networks: Sequence[str], lengths: Sequence[int], results: Sequence[TrainingResult]
) -> str | None:
    """A plain RNN solves short sequences, but no long ones."""
    if _base(network) not in ("rnn", "relu"):
        return None
    skills = {length: _skill(results, network, length) for length in lengths}
    remembered = [length for length in lengths if skills[length] > _REMEMBERS]
    forgotten = [length for length in lengths if skills[length] < _FORGETS]
    if remembered and forgotten and max(remembered) < min(forgotten):
        return f"Shown: {network} forgets. It learns at length {max(remembered)}, and not from {min(forgotten)} on."
    if lengths[0] in forgotten and not remembered:
        others = [other for other in networks if _skill(results, other, forgotten[0]) > _REMEMBERS]
        beside = f"; {', '.join(others)} learn there" if others else "; nor does any other network there"
        shown = "Shown" if others else "Not shown"
        return f"{shown}: {network} forgets. It learns at no length, not even {lengths[0]}{beside}."
    if not forgotten and len(remembered) == len(lengths):
        return f"Not shown: that {network} forgets; it learns at every length, up to {lengths[-1]}."
    losses = ", ".join(f"{_loss(results, network, length)} at {length}" for length in lengths)
    return f"Not clear: whether {network} forgets; its loss is {losses}."


def _gates_remember(network: str, lengths: Sequence[int], results: Sequence[TrainingResult]) -> str | None:
    """LSTM and GRU learn at all lengths."""
    if _base(network).removeprefix("bi") not in ("lstm", "gru"):
        return None
    remembered = [length for length in lengths if _skill(results, network, length) > _REMEMBERS]
    if len(remembered) == len(lengths):
        return f"Shown: {network} remembers; it learns at every length, up to {lengths[-1]}."
    missing = [length for length in lengths if length not in remembered]
    return (
        f"Not shown: that {network} remembers over {_listed(missing)} steps; within this budget its loss there is "
        f"{', '.join(_loss(results, network, length) for length in missing)}."
    )


def _gru_is_cheaper(networks: Sequence[str], lengths: Sequence[int], results: Sequence[TrainingResult]) -> str | None:
    """A GRU takes less time and fewer parameters than an LSTM of as many units."""
    if not {"gru", "lstm"} <= {*networks}:
        return None
    gru, lstm = of(results, "gru", lengths[-1]), of(results, "lstm", lengths[-1])
    time = seconds_per_step(gru) / max(seconds_per_step(lstm), 1e-12)
    parameters = gru[0].parameters / lstm[0].parameters
    comparison = (
        f"at length {lengths[-1]} a step of gru takes {time:.2f} times as long as one of lstm, with {parameters:.2f} "
        "times as many parameters"
    )
    return (
        f"Shown: gru is cheaper; {comparison}." if time < _CHEAPER else f"Not shown: that gru is cheaper; {comparison}."
    )


def _two_directions_see_more(
    network: str, networks: Sequence[str], lengths: Sequence[int], results: Sequence[TrainingResult]
) -> str | None:
    """A network of two directions loses less than the same of one."""
    one = network.removeprefix("bi")
    if network == one or one not in networks:
        return None
    better = [n for n in lengths if _skill(results, network, n) > _skill(results, one, n) + _FORGETS]
    worse = [n for n in lengths if _skill(results, network, n) < _skill(results, one, n) - _FORGETS]
    if better and not worse:
        length = better[-1]
        return (
            f"Shown: two directions see more. At length {length} the loss of {network} is "
            f"{_loss(results, network, length)}, that of {one} {_loss(results, one, length)}."
        )
    pairs = ", ".join(f"{_loss(results, network, n)} against {_loss(results, one, n)} at length {n}" for n in lengths)
    return f"Not shown: that two directions see more; {network} has a loss of {pairs} of {one}."


def _clipping_stops_explosions(networks: Sequence[str], results: Sequence[TrainingResult]) -> str | None:
    """Where a network without clipping has gradients that explode, one with clipping learns on."""
    pairs = [
        (plain, clipped)
        for clipped in networks
        for plain in networks
        if _base(plain) == _base(clipped) and _is_clipped(clipped) and not _is_clipped(plain)
    ]
    if not pairs:
        return None
    for plain, clipped in pairs:
        exploded = [result for result in results if result.network == plain and _explodes(result)]
        for result in exploded:
            beside = next((r for r in of(results, clipped, result.length) if r.seed == result.seed), None)
            if beside is not None and not beside.diverged and beside.skill > result.skill + _FORGETS:
                how = "diverged" if result.diverged else f"had gradients of norm {result.largest_gradient_norm:.3g}"
                return (
                    f"Shown: clipping stops an explosion. At length {result.length} {plain} {how} and ended at a loss "
                    f"of {_shown(result.loss)}; {clipped} ended at {_shown(beside.loss)}."
                )
    plain, clipped = pairs[0]
    largest = max(result.largest_gradient_norm for result in results if result.network == plain)
    return (
        f"Not shown: that clipping stops an explosion; the gradients of {plain} reached a norm of {largest:.3g}, and "
        f"{clipped} was not better where they were largest."
    )


def _is_clipped(network: str) -> bool:
    return "clip" in network.split("+")[1:]


def _explodes(result: TrainingResult) -> bool:
    return bool(result.diverged) or result.largest_gradient_norm > _EXPLODES


def _shown(loss: float | None) -> str:
    return "none" if loss is None else f"{loss:.3g}"
