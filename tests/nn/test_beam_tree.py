"""What a search has held, as a tree."""

import pytest
import torch

from recurra.nn.beam_search import beam_search
from recurra.nn.beam_tree import BeamTree

END = 0


def searched(chain, **how):
    trees = [BeamTree() for _ in chain.tables]
    first = torch.zeros(len(trees), dtype=torch.int64)
    found = beam_search(chain.step, chain.reorder_state, chain.state(), first, END, trees=trees, **how)
    return found, trees


def path(tree, node):
    symbols = [node.symbol]
    while node.parent is not None:
        node = tree.nodes[node.parent]
        symbols.insert(0, node.symbol)
    return symbols


@pytest.mark.parametrize("prefix", [None, torch.tensor([[3, 1], [2, 2], [1, 4]])])
def test_every_node_is_as_likely_as_its_path(prefix, make_chain):
    chain = make_chain(3)
    found, trees = searched(chain, beam_size=3, max_length=6, prefix=prefix)
    for source, (own, tree) in enumerate(zip(found, trees, strict=True)):
        paths = {}
        for number, node in enumerate(tree.nodes):
            assert node.parent is None or node.parent < number
            symbols = path(tree, node)
            assert node.ended == (symbols[-1] == END)
            expected = chain.log_probability(source, symbols, ended=False)
            assert node.log_probability == pytest.approx(expected, abs=1e-4)
            paths[tuple(symbols)] = node
        assert len(paths) == len(tree.nodes)
        for one in own:
            assert paths[(*one.symbols, *([END] if one.ended else []))].log_probability == pytest.approx(
                one.log_probability, abs=1e-5
            )


def test_what_was_dropped_is_in_the_tree_too(make_chain):
    (found,), (tree,) = searched(make_chain(1), beam_size=2, max_length=5)
    dropped = {tuple(path(tree, node)) for node in tree.nodes} - {
        tuple(one.symbols[:length]) for one in found for length in range(1, 6)
    }
    assert any(symbols[-1] != END for symbols in dropped)
    lengths = [len(path(tree, node)) for node in tree.nodes if not node.ended]
    assert max(map(lengths.count, lengths)) <= 2  # as wide as the beam
