"""What to try against each verdict: the names of cures, the most promising first, and what each is."""

from recurra.explain.gradients import verdict

CLIPPING, ORTHOGONAL, FORGET_BIAS = "clipping", "orthogonal", "forget_bias"
LSTM, GRU, LAYER_NORM, RESIDUAL = "lstm", "gru", "layer_norm", "residual"
SHORTER, LONGER, STANDARDIZED = "shorter", "longer", "standardized"

TEXTS = {
    CLIPPING: "clip the gradient's norm to 1",
    ORTHOGONAL: "start from orthogonal recurrent weights",
    FORGET_BIAS: "start from a forget-gate bias of 1",
    LSTM: "an LSTM instead",
    GRU: "a GRU instead",
    LAYER_NORM: "layer normalisation",
    RESIDUAL: "residual connections between the layers",
    SHORTER: "shorter windows",
    LONGER: "longer windows",
    STANDARDIZED: "inputs of mean 0 and deviation 1",
}
"""What a cure is, in a few words."""

_AGAINST = {
    verdict.HEALTHY: (),
    verdict.VANISHING: (FORGET_BIAS, LSTM, GRU, ORTHOGONAL, LAYER_NORM, RESIDUAL, SHORTER),
    verdict.EXPLODING: (CLIPPING, ORTHOGONAL, LAYER_NORM, LSTM, GRU, SHORTER),
    verdict.SATURATED: (STANDARDIZED, LAYER_NORM, ORTHOGONAL, CLIPPING),
    verdict.NOT_FINITE: (CLIPPING, ORTHOGONAL, LAYER_NORM, SHORTER),
}


def cures(word: str, kind: str, layers: int) -> list[str]:
    """Names of what to try, the most promising first.

    Args:
        word: of the verdict.
        kind: of the layer's cell.
        layers: of its stack.
    """
    useless = {kind.lower()}  # the cell that is there
    if kind != "LSTM":
        useless.add(FORGET_BIAS)
    if kind == "LSTM":
        useless |= {GRU}
    if layers == 1:
        useless.add(RESIDUAL)
    return [cure for cure in _AGAINST[word] if cure not in useless]
