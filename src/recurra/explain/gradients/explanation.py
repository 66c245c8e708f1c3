"""What was measured of a model's gradients: a verdict in words, numbers, pictures."""

from dataclasses import dataclass
from typing import Any

from recurra import figures
from recurra.explain.explanation import Explanation, Picture, json_ready
from recurra.explain.gradients import advice
from recurra.explain.gradients.finite import NotFinite
from recurra.explain.gradients.half_life import told
from recurra.explain.gradients.layer_gradients import LayerGradients
from recurra.explain.gradients.verdict import NOT_FINITE, Verdict, gravest, judge

_SHOWN = 3  # of the parameters' gradients, in the summary
_ERROR = 1e-3  # of a state that was computed again, from where on the summary says so


@dataclass(frozen=True)
class GradientExplanation(Explanation):
    """How gradients flow back through the recurrent layers of a model.

    Attributes:
        layers: what was measured of each layer and direction, in the order in which the model ran them.
        loss: its value.
        loss_meaning: what the loss is, where none was given.
        parameters: norm of the gradient of each parameter by name; those without a gradient are not in it.
        not_finite: the first place where something is not finite, or None.
        layers_of: layers of the stack that each of `layers` is part of.
    """

    layers: list[LayerGradients]
    loss: float
    loss_meaning: str | None
    parameters: dict[str, float]
    not_finite: NotFinite | None
    layers_of: list[int]

    title = "Gradients along time"

    @property
    def verdicts(self) -> list[Verdict]:
        """The verdict on each of `layers`."""
        return [judge(layer) for layer in self.layers]

    @property
    def _gravest(self) -> LayerGradients:
        return self.layers[gravest(self.layers)]

    @property
    def word(self) -> str:
        """The verdict on the model: "healthy", "vanishing", "exploding", "saturated" or "not finite"."""
        if self.not_finite is not None:
            return NOT_FINITE
        return judge(self._gravest).word

    @property
    def verdict(self) -> str:
        """The verdict on the model in one sentence."""
        if self.not_finite is not None:
            return f"Gradients: {NOT_FINITE}, {self.not_finite}."
        verdict = judge(self._gravest)
        return f"Gradients: {verdict.word}. In {_described(self._gravest)} {verdict.why}."

    @property
    def proposals(self) -> list[str]:
        """Names of the cures to try, the most promising first; see `advice.TEXTS`."""
        number = gravest(self.layers)
        return advice.cures(self.word, self.layers[number].kind, self.layers_of[number])

    @property
    def half_life(self) -> float | None:
        """Half-life in steps of the layer with the gravest verdict; None where none is known."""
        return self._gravest.fading.half_life

    @property
    def gradient_norm(self) -> float:
        """Norm of the gradient of all parameters together."""
        return float(sum(norm**2 for norm in self.parameters.values()) ** 0.5)

    def lines(self) -> list[str]:
        """The lines of the summary below the verdict."""
        lines = []
        if self.proposals:
            lines.append(f"Try: {'; '.join(advice.TEXTS[name] for name in self.proposals)}.")
        meaning = "" if self.loss_meaning is None else f" ({self.loss_meaning}; no loss was given)"
        lines.append(f"Loss {self.loss:.4g}{meaning}.")
        for layer, verdict in zip(self.layers, self.verdicts, strict=True):
            lines += [f"{_described(layer)}: {verdict.word}", *(f"  {line}" for line in _about(layer))]
        largest = sorted(self.parameters.items(), key=lambda item: -item[1])[:_SHOWN]
        named = ", ".join(f"{name} {norm:.3g}" for name, norm in largest)
        lines.append(f"Gradient norm of all parameters {self.gradient_norm:.3g}; the largest: {named}")
        return lines

    def numbers(self) -> dict[str, Any]:
        """All that was measured, as JSON holds it."""
        layers = []
        for layer, verdict in zip(self.layers, self.verdicts, strict=True):
            layers.append({**layer.numbers(), "verdict": verdict.word, "why": verdict.why})
        numbers: dict[str, Any] = json_ready(
            {
                "verdict": self.word,
                "sentence": self.verdict,
                "proposals": self.proposals,
                "loss": self.loss,
                "loss_meaning": self.loss_meaning,
                "not_finite": None if self.not_finite is None else self.not_finite.numbers(),
                "layers": layers,
                "gradient_norm": self.gradient_norm,
                "gradient_norm_by_parameter": self.parameters,
            }
        )
        return numbers

    def figures(self) -> dict[str, Picture]:
        """The pictures by name."""
        pictures = {
            "gradient-by-distance": self._by_distance(),
            "gradient-by-step": self._by_step(),
            "gradient-by-parameter": self._by_parameter(),
        }
        if any(layer.singular_values is not None for layer in self.layers):
            pictures["singular-values"] = self._singular_values()
        return pictures

    def _by_distance(self) -> Picture:
        curves = {layer.name: (range(len(layer.fading.ratios)), layer.fading.ratios) for layer in self.layers}
        chart = figures.lines(
            curves,
            "steps back from the last step",
            "part of the gradient that is left",
            "Gradient of h against distance",
            y_scale="log",
        )
        lives = [f"{layer.name}: {told(layer.fading)}" for layer in self.layers if layer.fading.rate is not None]
        sentence = (
            "A gradient that stands at the last step only is carried back: a straight line downwards fades by the "
            "same factor every step and what lies far back is not learnt, one upwards explodes, a level one reaches far"
        )
        return Picture(chart, f"{sentence}. {'; '.join(lives)}." if lives else f"{sentence}.")

    def _by_step(self) -> Picture:
        curves = {}
        for layer in self.layers:
            for state, norms in layer.by_step.items():
                if len(self.layers) == 1:
                    curves[state] = range(len(norms)), norms
                elif state == "h":
                    curves[layer.name] = range(len(norms)), norms
        of = "each state" if len(self.layers) == 1 else "h"
        chart = figures.lines(
            curves, "step", "norm of the gradient", f"Gradient of {of} along the sequence", y_scale="log"
        )
        return Picture(
            chart,
            "How strongly the loss asks each state to change, step by step, as the mean over the sequences: where a "
            "curve lies orders of magnitude lower than at its highest, these steps hardly take part in what is learnt.",
        )

    def _singular_values(self) -> Picture:
        """Of one layer three singular values, of several the largest of each."""
        curves = {}
        for layer in self.layers:
            values = layer.singular_values
            if values is None:
                continue
            if len(self.layers) > 1:
                curves[layer.name] = values.steps, values.largest
            else:
                curves |= {name: (values.steps, getattr(values, name)) for name in ("largest", "median", "smallest")}
        which = "Singular values" if len(self.layers) == 1 else "Largest singular value"
        chart = figures.lines(curves, "step", "singular value", f"{which} of the Jacobian of the state", y_scale="log")
        return Picture(
            chart,
            "How much one step stretches a gradient on its way back: where even the largest value is far below 1 it "
            "fades in every direction, and above 1 it can grow.",
        )

    def _by_parameter(self) -> Picture:
        chart = figures.bars(self.parameters, "norm of the gradient", "Gradient of each parameter")
        return Picture(
            chart, "The parameters with the longest bars change the most; those without a bar are not learnt at all."
        )


def _described(layer: LayerGradients) -> str:
    return layer.name if layer.name.startswith(layer.kind) else f"{layer.name} ({layer.kind})"


def _half_life(layer: LayerGradients) -> str:
    fading = layer.fading
    assert fading.rate is not None
    assert fading.half_life is not None
    if fading.rate > 0:
        return f"halves every {fading.half_life:.3g} steps"
    return f"grows by {-fading.rate:.2g} of its logarithm a step"


def _about(layer: LayerGradients) -> list[str]:
    """What was measured of a layer, in lines."""
    lines = []
    for state, norms in layer.by_step.items():
        lines.append(f"gradient of {state}: {norms[0]:.3g} at the first step, {norms[-1]:.3g} at the last")
    fading = layer.fading
    if fading.rate is not None:
        lines.append(f"{told(fading)}; far back it {_half_life(layer)}")
    values = layer.singular_values
    if values is not None:
        largest, median, smallest = max(values.largest), values.median[-1], min(values.smallest)
        lines.append(f"a step stretches by {largest:.3g} at most, {median:.3g} in the middle, {smallest:.3g} at least")
    if layer.saturated:
        shares = ", ".join(f"{name} {share:.0%}" for name, share in layer.saturated.items())
        lines.append(f"saturated: {shares}")
    if layer.error > _ERROR:
        lines.append(
            f"computed again its outputs differ by up to {layer.error:.2g}: its weights were others in the pass"
        )
    return lines
