"""Keras' recurrent layers on the kernels are Keras' own: in outputs, states, gradients, with and without masks."""

import itertools

import numpy as np
import pytest
import torch

layers = pytest.importorskip("recurra.keras.layers", reason="Keras is not installed")
keras = pytest.importorskip("keras")

BATCH, STEPS, FEATURES, UNITS = 5, 7, 3, 6
NAMES = ("SimpleRNN", "LSTM", "GRU")
MASKS = {
    "none": None,
    "all": np.ones((BATCH, STEPS), bool),
    "right": np.arange(STEPS) < np.array([[7], [3], [1], [5], [6]]),
    "left": np.arange(STEPS) >= np.array([[0], [3], [6], [1], [2]]),
    "holes": np.random.default_rng(1).random((BATCH, STEPS)) < 0.5,
    "empty": np.arange(STEPS) < np.array([[7], [0], [2], [0], [6]]),
}


def numbers(*shape: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(shape[-1]).normal(size=shape).astype(np.float32))


def pair(make):
    """The same layer from Keras and from here, with the same weights, none of them zero."""
    theirs, ours = make(keras.layers), make(layers)
    for layer in (theirs, ours):
        layer.build((BATCH, STEPS, FEATURES))
    random = np.random.default_rng(2)
    weights = [0.5 * random.normal(size=weight.shape).astype(np.float32) for weight in theirs.weights]
    theirs.set_weights(weights)
    ours.set_weights(weights)
    return theirs, ours


def same(theirs, ours, training: bool = False, **call) -> None:
    """Outputs, and the gradients of the input, of what is given as state, and of every weight."""
    found = []
    for layer in (theirs, ours):
        x = numbers(BATCH, STEPS, FEATURES).requires_grad_()
        states = [state.clone().requires_grad_() for state in call.get("initial_state") or []]
        again = call | ({"initial_state": states} if states else {})
        outputs = keras.tree.flatten(layer(x, training=training, **again))
        sum((out * numbers(*out.shape)).sum() for out in outputs).backward()
        grads = [x.grad, *(state.grad for state in states), *(weight.value.grad for weight in layer.weights)]
        assert all(grad is not None for grad in grads)
        found.append([*outputs, *grads])
        for weight in layer.weights:
            weight.value.grad = None
    assert len(found[0]) == len(found[1])
    for expected, got in zip(*found, strict=True):
        torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)


def runs_on_kernels(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the runs, each with the directions that it served."""
    from recurra.keras import cells

    served, run = [], cells.run
    monkeypatch.setattr(cells, "run", lambda own, *rest: served.append(len(own)) or run(own, *rest))
    return served


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("name", NAMES)
def test_a_layer_is_keras_own(name: str, mask: str, monkeypatch: pytest.MonkeyPatch) -> None:
    served = runs_on_kernels(monkeypatch)
    given = {} if MASKS[mask] is None else {"mask": torch.from_numpy(MASKS[mask])}
    flags = ("return_sequences", "return_state", "go_backwards", "zero_output_for_mask")
    choices = list(itertools.product((False, True), repeat=4))
    for chosen in choices:
        theirs, ours = pair(lambda of, chosen=chosen: getattr(of, name)(UNITS, **dict(zip(flags, chosen, strict=True))))
        same(theirs, ours, **given)
    assert served == [1] * len(choices)


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("name", NAMES)
def test_two_directions_run_as_one(name: str, mask: str, monkeypatch: pytest.MonkeyPatch) -> None:
    served = runs_on_kernels(monkeypatch)
    given = {} if MASKS[mask] is None else {"mask": torch.from_numpy(MASKS[mask])}
    merges = ("concat", "sum", "mul", "ave", None)
    choices = list(itertools.product((False, True), (False, True), merges))
    for sequences, states, merge in choices:
        settings = {"return_sequences": sequences, "return_state": states}
        theirs, ours = pair(
            lambda of, s=settings, m=merge: of.Bidirectional(getattr(of, name)(UNITS, **s), merge_mode=m)
        )
        same(theirs, ours, **given)
    assert served == [2] * len(choices)


@pytest.mark.parametrize("name", NAMES)
def test_states_are_taken(name: str) -> None:
    count = 2 if name == "LSTM" else 1
    states = [numbers(BATCH, UNITS) + n for n in range(2 * count)]
    for mask in ("none", "empty"):
        given = {} if MASKS[mask] is None else {"mask": torch.from_numpy(MASKS[mask])}
        theirs, ours = pair(lambda of: getattr(of, name)(UNITS, return_state=True))
        same(theirs, ours, initial_state=states[:count], **given)
        theirs, ours = pair(lambda of: of.Bidirectional(getattr(of, name)(UNITS, return_state=True)))
        same(theirs, ours, initial_state=states, **given)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("SimpleRNN", {"activation": "relu"}),
        ("SimpleRNN", {"activation": "relu", "use_bias": False}),
        ("LSTM", {"use_bias": False}),
        ("LSTM", {"unroll": True}),
        ("GRU", {"use_bias": False}),
        ("GRU", {"dtype": "float64"}),
    ],
)
def test_what_the_kernels_serve(name: str, settings: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    served = runs_on_kernels(monkeypatch)
    theirs, ours = pair(lambda of: getattr(of, name)(UNITS, **settings))
    same(theirs, ours)
    theirs, ours = pair(lambda of: of.Bidirectional(getattr(of, name)(UNITS, **settings)))
    same(theirs, ours)
    assert served


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("SimpleRNN", {"activation": "sigmoid"}),
        ("LSTM", {"recurrent_activation": "hard_sigmoid"}),
        ("LSTM", {"activation": None}),
        ("GRU", {"reset_after": False}),
    ],
)
def test_all_else_runs_keras_own_loop(name: str, settings: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    served = runs_on_kernels(monkeypatch)
    for wrap in (lambda of, layer: layer, lambda of, layer: of.Bidirectional(layer)):
        theirs, ours = pair(lambda of, wrap=wrap: wrap(of, getattr(of, name)(UNITS, **settings)))
        same(theirs, ours)
    assert not served


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["dropout", "recurrent_dropout"])
def test_dropout_draws_what_keras_draws(name: str, kind: str) -> None:
    theirs, ours = pair(lambda of: getattr(of, name)(UNITS, seed=3, **{kind: 0.5}))
    same(theirs, ours, training=True)
    same(theirs, ours, training=False)
    if name != "SimpleRNN":  # of which Keras does not hand the seed on
        theirs, ours = pair(lambda of: of.Bidirectional(getattr(of, name)(UNITS, seed=3, **{kind: 0.5})))
        same(theirs, ours, training=True)


def test_half_precision_runs_keras_own_loop() -> None:
    theirs, ours = pair(lambda of: of.LSTM(UNITS, dtype="mixed_bfloat16"))
    x = numbers(BATCH, STEPS, FEATURES)
    torch.testing.assert_close(ours(x), theirs(x))


@pytest.mark.parametrize("name", NAMES)
def test_a_stateful_layer_goes_on(name: str) -> None:
    theirs, ours = pair(lambda of: getattr(of, name)(UNITS, stateful=True))
    x = numbers(BATCH, STEPS, FEATURES)
    first = ours(x)
    torch.testing.assert_close(first, theirs(x))
    second = ours(x)
    torch.testing.assert_close(second, theirs(x))
    assert not torch.equal(first, second)
    ours.reset_state()
    torch.testing.assert_close(ours(x), first)


@pytest.mark.parametrize("name", NAMES)
def test_a_stateful_layer_learns_though_keras_overwrites_its_states(name: str) -> None:
    theirs, ours = pair(lambda of: getattr(of, name)(UNITS, stateful=True))
    x = numbers(BATCH, STEPS, FEATURES)
    for step in range(2):
        expected = theirs(x).detach()
        outputs = ours(x)
        torch.testing.assert_close(outputs, expected)
        outputs.sum().backward()
        assert all(weight.value.grad.isfinite().all() for weight in ours.weights), step


def test_different_directions_run_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    served = runs_on_kernels(monkeypatch)
    theirs, ours = pair(
        lambda of: of.Bidirectional(of.LSTM(UNITS), backward_layer=of.GRU(UNITS, go_backwards=True), merge_mode="sum")
    )
    same(theirs, ours)
    assert served == [1, 1]


# --- what others do to layers -----------------------------------------------------------------------------------------


def _doubled(base):
    class Doubled(base):
        def call(self, sequences, *args, **more):
            return 2 * super().call(sequences, *args, **more)

    return Doubled


def _shifted(base):
    class Shifted(base):
        def inner_loop(self, sequences, *args, **more):
            return super().inner_loop(sequences + 1, *args, **more)

    return Shifted


def _started(base):
    class Started(base):
        def get_initial_state(self, batch_size):
            return [state + 1 for state in super().get_initial_state(batch_size)]

    return Started


@pytest.mark.parametrize("change", [_doubled, _shifted, _started])
@pytest.mark.parametrize("name", NAMES)
def test_what_a_subclass_overrides_runs_in_both_directions(name: str, change) -> None:
    for wrap in (lambda of, layer: layer, lambda of, layer: of.Bidirectional(layer)):

        def make(of, wrap=wrap):
            cls = change(getattr(of, name))
            with keras.saving.custom_object_scope({cls.__name__: cls}):
                return wrap(of, cls(UNITS))

        theirs, ours = pair(make)
        same(theirs, ours)


@pytest.mark.parametrize("name", NAMES)
def test_a_cell_put_in_the_place_of_the_layers_own_runs(name: str) -> None:
    class Doubled(getattr(keras.layers, f"{name}Cell")):
        def call(self, *args, **more):
            output, states = super().call(*args, **more)
            return 2 * output, states

    theirs, ours = (getattr(of, name)(UNITS) for of in (keras.layers, layers))
    for layer in (theirs, ours):
        layer.cell = Doubled(UNITS)
    x = numbers(BATCH, STEPS, FEATURES)
    expected = theirs(x)
    ours.build(x.shape)
    for mine, other in zip(ours.weights, theirs.weights, strict=True):
        mine.assign(other.value)
    torch.testing.assert_close(ours(x), expected)


def _hooks(layer, calls):
    layer.register_forward_hook(lambda *_: calls.append("after"))
    layer.register_forward_pre_hook(lambda *_: calls.append("before"))


@pytest.mark.parametrize("inside", ["forward_layer", "backward_layer", "forward_layer.cell", "backward_layer.cell"])
@pytest.mark.parametrize("name", NAMES)
def test_hooks_of_inner_layers_run(name: str, inside: str) -> None:
    found = []
    for layer in pair(lambda of: of.Bidirectional(getattr(of, name)(UNITS))):
        calls, watched = [], layer
        for part in inside.split("."):
            watched = getattr(watched, part)
        _hooks(watched, calls)
        found.append((layer(numbers(BATCH, STEPS, FEATURES)), calls))
    torch.testing.assert_close(found[1][0], found[0][0])
    assert found[1][1] == found[0][1]  # none where Keras itself calls no cell
    assert found[1][1] or inside.endswith("cell")


@pytest.mark.parametrize("mask", ["none", "holes"])
@pytest.mark.parametrize("name", NAMES)
def test_hooks_of_a_cell_see_the_steps_that_they_see_in_keras(name: str, mask: str) -> None:
    given = {} if MASKS[mask] is None else {"mask": torch.from_numpy(MASKS[mask])}
    found = []
    for layer in pair(lambda of: getattr(of, name)(UNITS)):
        calls = []
        _hooks(layer.cell, calls)
        layer(numbers(BATCH, STEPS, FEATURES), **given)
        found.append(calls)
    assert found[1] == found[0]
    assert found[1] or (name, mask) in [("LSTM", "none"), ("GRU", "none")]


def test_hooks_on_all_modules_see_what_they_see_in_keras() -> None:
    found = []
    for layer in pair(lambda of: of.Bidirectional(of.LSTM(UNITS))):
        names = []
        hook = torch.nn.modules.module.register_module_forward_hook(
            lambda module, *_, names=names: names.append(module.name)
        )
        layer(numbers(BATCH, STEPS, FEATURES))
        hook.remove()
        found.append([name.rsplit("_", 1)[0] for name in names])
    assert found[1] == found[0]
    assert len(found[1]) >= 3


def test_a_call_replaced_on_the_object_runs() -> None:
    for inside in ("forward_layer", "backward_layer"):
        _, ours = pair(lambda of: of.Bidirectional(of.GRU(UNITS)))
        x = numbers(BATCH, STEPS, FEATURES)
        before, layer = ours(x), getattr(ours, inside)
        call = layer.call
        layer.call = lambda *args, call=call, **more: 0 * call(*args, **more)
        half = slice(0, UNITS) if inside == "forward_layer" else slice(UNITS, None)
        assert not ours(x)[:, half].any()
        assert before[:, half].any()


def test_settings_changed_on_inner_layers_are_keras_own() -> None:
    mask = torch.from_numpy(MASKS["right"])
    theirs, ours = pair(lambda of: of.Bidirectional(of.LSTM(UNITS, return_sequences=True)))
    for layer in (theirs, ours):
        layer.forward_layer.zero_output_for_mask = False
    same(theirs, ours, mask=mask)
    theirs, ours = pair(lambda of: of.Bidirectional(of.LSTM(UNITS)))
    for layer in (theirs, ours):
        layer.forward_layer.go_backwards, layer.backward_layer.go_backwards = True, False
    same(theirs, ours)


# --- masks of other forms ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [(BATCH, STEPS, 1), (BATCH, STEPS, UNITS), (1, STEPS)], ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_a_mask_of_any_form_that_keras_takes_is_taken(name: str, form: tuple[int, ...]) -> None:
    random = np.random.default_rng(1)
    mask = torch.from_numpy(random.random(form) < 0.6)
    for flags in ({}, {"return_sequences": True}, {"return_sequences": True, "zero_output_for_mask": True}):
        if len(form) == 3 or not flags:  # Keras' own fails to spread it over the outputs
            theirs, ours = pair(lambda of, flags=flags: getattr(of, name)(UNITS, **flags))
            same(theirs, ours, mask=mask)
    for kind in (torch.float32, torch.int64):
        theirs, ours = pair(lambda of: of.Bidirectional(getattr(of, name)(UNITS)))
        same(theirs, ours, mask=mask.to(kind))


@pytest.mark.parametrize("name", NAMES)
def test_a_mask_of_one_feature_runs_on_the_kernels(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    served = runs_on_kernels(monkeypatch)
    mask = torch.from_numpy(MASKS["holes"])
    for wrap in (lambda of, layer: layer, lambda of, layer: of.Bidirectional(layer)):
        _, ours = pair(lambda of, wrap=wrap: wrap(of, getattr(of, name)(UNITS, return_sequences=True)))
        x = numbers(BATCH, STEPS, FEATURES)
        assert torch.equal(ours(x, mask=mask.unsqueeze(-1)), ours(x, mask=mask))
    assert served == [1, 1, 2, 2]


# --- programs for elsewhere -------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", ["LSTM", "GRU"])
def test_an_exported_model_needs_no_recurra(name: str, masked: bool) -> None:
    inner = [layers.Bidirectional(getattr(layers, name)(UNITS, return_sequences=True)), getattr(layers, name)(UNITS)]
    model = keras.Sequential([keras.Input((STEPS, FEATURES)), *[keras.layers.Masking()] * masked, *inner])
    x = numbers(1, STEPS, FEATURES)
    expected = model(x)
    traced = torch.jit.trace(model, x, check_trace=False)
    assert "recurra::" not in str(traced.inlined_graph)
    torch.testing.assert_close(traced(x), expected)
    program = torch.export.export(model, (x,), strict=False)
    assert "recurra" not in str(program.graph)
    torch.testing.assert_close(program.module()(x), expected)
