"""The pictures of a comparison, and what to see in each."""

from collections.abc import Callable, Sequence

from recurra.explain.compare import claims
from recurra.explain.compare.training_result import TrainingResult
from recurra.explain.explanation import Picture
from recurra.figures.networks import Axis, Curve, network_bars, network_curves

Results = Sequence[TrainingResult]


def draw(networks: Sequence[str], lengths: Sequence[int], results: Results, metric: str) -> dict[str, Picture]:
    """Draw all.

    Args:
        networks: names, in the order of the legends.
        lengths: rising.
        results: of every training.
        metric: the score that is drawn, see `Comparison`.
    """
    longest = [result for result in results if result.length == lengths[-1]]
    return {
        "score-against-length": _score_against_length(networks, lengths, results, metric),
        "gradient-against-distance": _gradient_against_distance(networks, longest, after=True),
        "gradient-against-distance-at-start": _gradient_against_distance(networks, longest, after=False),
        "score-against-time": _score_against_time(networks, longest, metric),
        "gradient-norm-while-learning": _gradient_norm_while_learning(networks, longest),
        "time-per-step": _time_per_step(networks, longest),
        "parameters": _parameters(networks, longest),
    }


def _score_axis(metric: str) -> Axis:
    """Losses differ by powers of ten; shares of correct answers do not."""
    return Axis("share of correct answers" if metric == "accuracy" else metric, is_log=metric != "accuracy")


def _score_against_length(networks: Sequence[str], lengths: Sequence[int], results: Results, metric: str) -> Picture:
    curves = []
    for network in networks:
        for seed in dict.fromkeys(result.seed for result in results):
            of_seed = [result for result in results if result.network == network and result.seed == seed]
            of_seed.sort(key=lambda result: result.length)
            scores = [claims.score(result, metric) for result in of_seed]
            drawn = [(result.length, score) for result, score in zip(of_seed, scores, strict=True) if score is not None]
            curves.append(Curve(network, [length for length, _ in drawn], [score for _, score in drawn]))
    of_length = {result.length: claims.chance(result, metric) for result in results}
    chance = [(float(length), of_length[length]) for length in lengths]
    title = "Score against length"
    figure = network_curves(curves, Axis("length, steps", is_log=True), _score_axis(metric), title, chance)
    better = "above" if metric == "accuracy" else "below"
    remembered = {network: _remembered(network, lengths, results) for network in networks}
    reach = ", ".join(f"{network} to {length or 'no length'}" for network, length in remembered.items())
    return Picture(figure, f"What lies clearly {better} the dotted line has been remembered: {reach}.")


def _remembered(network: str, lengths: Sequence[int], results: Results) -> int:
    """The longest length at which a network has learnt; 0 where there is none."""
    return max((length for length in lengths if claims.remembers(results, network, length)), default=0)


def _gradient_against_distance(networks: Sequence[str], longest: Results, after: bool) -> Picture:
    curves, reaches = [], []
    for network in networks:
        result = next((result for result in longest if result.network == network), None)
        profile = (result.profile if after else result.start_profile) if result else []
        curves.append(Curve(network, range(len(profile)), profile))
        if profile:
            reaches.append(f"{network} {_reach(profile)}")
    when = "after the training" if after else "at the start"
    title = f"Gradient of the last answer, {when}"
    figure = network_curves(curves, Axis("distance back, steps"), Axis("norm of the gradient", is_log=True), title)
    sentence = (
        f"How much the last answer depends, {when}, on what was read so many steps before; down to a thousandth of the "
        f"largest it reaches back, in steps: {', '.join(reaches)}."
    )
    return Picture(figure, sentence)


def _reach(profile: Sequence[float]) -> int:
    """The farthest distance at which the gradient is a thousandth of the largest, or more."""
    threshold = max(profile) / 1000
    return max((distance for distance, norm in enumerate(profile) if norm >= threshold > 0), default=0)


def _score_against_time(networks: Sequence[str], longest: Results, metric: str) -> Picture:
    key = "accuracy" if metric == "accuracy" else "loss"
    curves = _of_records(networks, longest, "seconds", key)
    title = f"Score against time, length {longest[0].length}"
    figure = network_curves(curves, Axis("time spent learning, s"), _score_axis(metric), title)
    solved = [f"{r.network} (seed {r.seed}) after {r.seconds:.0f} s" for r in longest if r.is_solved]
    return Picture(figure, f"Solved at length {longest[0].length}: {', '.join(solved) or 'by none, in this budget'}.")


def _gradient_norm_while_learning(networks: Sequence[str], longest: Results) -> Picture:
    curves = _of_records(networks, longest, "step", "gradient_norm")
    title = f"Norm of the gradient while learning, length {longest[0].length}"
    figure = network_curves(curves, Axis("step"), Axis("norm before it is clipped", is_log=True), title)
    largest = max(longest, key=lambda result: result.largest_gradient_norm)
    norm = largest.largest_gradient_norm
    return Picture(
        figure, f"A curve that shoots up explodes; the largest here is that of {largest.network}, {norm:.3g}."
    )


def _of_records(networks: Sequence[str], results: Results, x: str, y: str) -> list[Curve]:
    """Curves of what was measured in evaluations, in the order of the networks."""
    curves = []
    for network in networks:
        for result in results:
            if result.network == network:
                records = [record for record in result.records if record[y] is not None]
                curves.append(Curve(network, [record[x] for record in records], [record[y] for record in records]))
    return curves


def _time_per_step(networks: Sequence[str], longest: Results) -> Picture:
    times = _by_network(networks, longest, lambda results: 1e3 * claims.seconds_per_step(results))
    sentence = f"Time to learn from one batch at length {longest[0].length}: {_fastest(times)}."
    return Picture(network_bars(times, "ms", "Time per step"), sentence)


def _fastest(times: Sequence[tuple[str, float]]) -> str:
    name, least = min(times, key=lambda pair: pair[1])
    slowest, most = max(times, key=lambda pair: pair[1])
    return f"{name} is the fastest, {slowest} takes {most / max(least, 1e-12):.1f} times as long"


def _parameters(networks: Sequence[str], longest: Results) -> Picture:
    counts = _by_network(networks, longest, lambda results: float(results[0].parameters))
    least, most = min(count for _, count in counts), max(count for _, count in counts)
    sentence = f"How many numbers each network learns: from {least:,.0f} to {most:,.0f}."
    return Picture(network_bars(counts, "parameters", "Parameters"), sentence)


def _by_network(
    networks: Sequence[str], results: Results, measure: Callable[[Results], float]
) -> list[tuple[str, float]]:
    """A number for each network that was trained, of its results."""
    trained = {network: [result for result in results if result.network == network] for network in networks}
    return [(network, measure(results)) for network, results in trained.items() if results]
