"""The vectors that a network makes of symbols: taken where a layer reads them, and replaced by others.

A symbol has no gradient, its vector has. So what is attributed is the vectors: the output of an embedding, or, where a
recurrent layer looks them up itself (`Recurrent.forward`, `embedding`), what that layer reads.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence

from recurra.explain.recording import require_not_compiled
from recurra.nn import Recurrent, layout
from recurra.nn.layout import Output


def reading_layer(network: nn.Module, run: Callable[[], Any]) -> nn.Module:
    """Find the layer where symbols become vectors: the first embedding that is called, else the first recurrent layer.

    Args:
        network: reads symbols.
        run: calls it.

    Raises:
        ValueError: it calls neither, or torch.compile has compiled it, so that no hook sees the calls.
    """
    require_not_compiled(network)
    called = list[nn.Module]()
    with _hooks(
        [module.register_forward_pre_hook(lambda module, _: called.append(module)) for module in _layers(network)]
    ):
        run()
    embeddings = [module for module in called if isinstance(module, nn.Embedding)]
    if not called:
        raise ValueError("expected a network with an embedding or a recurrent layer, got one that calls neither")
    return (embeddings or called)[0]


def _layers(network: nn.Module) -> list[nn.Module]:
    kinds = (nn.Embedding, nn.RNNBase, Recurrent)
    return [module for module in network.modules() if isinstance(module, kinds)]


@contextmanager
def _hooks(handles: list[Any]) -> Iterator[None]:
    """Remove hooks at the end, whatever happens."""
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def taken(layer: nn.Module, run: Callable[[], Any], batch_first: bool = True) -> Tensor:
    """Give the vectors of the first call of a layer: of an embedding what it gives, of a recurrent layer what it reads.

    Args:
        layer: as of `reading_layer`.
        run: calls the network.
        batch_first: whether an embedding's symbols are; a recurrent layer says so itself.

    Returns:
        (B, T, I); of what is packed, padded.
    """
    vectors = list[Tensor]()

    def keep(values: Output) -> Output:
        if not vectors:
            batch, _ = layout.read(values, None, _batch_first(layer, batch_first))
            vectors.append(batch.padded().x.transpose(0, 1))
        return values

    with _hooks([_hook(layer, keep)]):
        run()
    return vectors[0]


@contextmanager
def replaced(layer: nn.Module, vectors: Tensor, batch_first: bool = True) -> Iterator[None]:
    """Let the first call of a layer in the block read (an embedding: give) other vectors than its own.

    Args:
        layer, batch_first: as of `taken`.
        vectors: (B, T, I), of as many sequences and steps as the network is called with.
    """
    calls = list[bool]()

    def replace(values: Output) -> Output:
        calls.append(True)
        if len(calls) > 1:
            return values
        _, form = layout.read(values, None, _batch_first(layer, batch_first))
        return layout.write(layout.Batch(vectors.transpose(0, 1)), form)

    with _hooks([_hook(layer, replace)]):
        yield


def _batch_first(layer: nn.Module, of_embedding: bool) -> bool:
    return of_embedding if isinstance(layer, nn.Embedding) else bool(layer.batch_first)


def _hook(layer: nn.Module, change: Callable[[Output], Output]) -> Any:
    """Let a function change what an embedding gives, or what a recurrent layer reads."""
    if isinstance(layer, nn.Embedding):
        return layer.register_forward_hook(lambda module, inputs, output: change(output))

    def before(module: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]) -> Any:
        name = "input" if "input" in named else None
        values = named[name] if name else inputs[0]
        named = dict(named)
        embedding = named.pop("embedding", None)
        if embedding is not None:
            values = _embedded(values, embedding)
        if name:
            return inputs, named | {name: change(values)}
        return (change(values), *inputs[1:]), named

    return layer.register_forward_pre_hook(before, with_kwargs=True)


def _embedded(symbols: Output, embedding: Tensor) -> Output:
    """The vectors of symbols."""
    if isinstance(symbols, PackedSequence):
        return symbols._replace(data=F.embedding(symbols.data, embedding))
    return F.embedding(symbols, embedding)
