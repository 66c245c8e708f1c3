import random

import pytest
import torch

from recurra.nn.counted_draws import CountedDraws
from recurra.tasks.language_model.config import LanguageModelConfig
from recurra.tasks.language_model.network import LanguageNetwork
from recurra.tasks.language_model.writer import SHORT, Filters, Place, Row, Unread, Writer
from recurra.training import answering_precision

SYMBOLS = 23
SETTINGS = [
    {"cell": "rnn", "hidden_size": 16, "num_layers": 1},
    {"cell": "gru", "hidden_size": 40, "num_layers": 2},
    {"cell": "lstm", "hidden_size": 40, "num_layers": 2, "embedding_size": 24},
    {"cell": "lstm", "hidden_size": 160, "num_layers": 2, "residual": True},
    {"cell": "lstm", "hidden_size": 24, "num_layers": 1, "layer_norm": True},  # step by step in plain torch
]


def _network(settings):
    torch.manual_seed(1)
    network = LanguageNetwork(SYMBOLS, LanguageModelConfig(**settings)).eval()
    for parameter in network.parameters():
        torch.nn.init.uniform_(parameter, -0.5, 0.5)
    return network


def _answering(settings, precision):
    """A network that answers in a precision; a test of what is refused in it is skipped."""
    if "layer_norm" in settings and precision != "float32":
        pytest.skip("refused")
    network = _network(settings)
    answering_precision.use([network], precision, "language model")
    return network


def _prompt(seed, length):
    return torch.randint(SYMBOLS, (1, length), generator=torch.Generator().manual_seed(seed))


def _row(writer, seed, alternatives=3):
    ways = [Filters(), Filters(0.7), Filters(top_k=5), Filters(1.3, 7, 0.8)]
    place, _ = writer.read(_prompt(seed, 1 + seed % 6))
    return Row(place, CountedDraws.of(seed), ways[seed % 4], alternatives)


def _write(writer, count):
    """So many symbols of the one text of a writer."""
    return [writer.step()[0] for _ in range(count)]


def _alone(network, seed, length):
    writer = Writer(network, None)
    writer.add(_row(writer, seed))
    return _write(writer, length)


@pytest.mark.parametrize("precision", ["float32", "bf16", "int8"])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_text_is_the_same_bit_for_bit_whatever_is_written_beside_it(settings, precision):
    network = _answering(settings, precision)
    expected = {seed: _alone(network, seed, 30) for seed in range(40)}
    chance = random.Random(1)
    writer, written, to_come = Writer(network, None), {}, list(range(40))
    rows = {}
    while to_come or writer.rows:
        for _ in range(min(len(to_come), chance.choice([0, 0, 1, 5]))):
            seed = to_come.pop()
            rows[seed] = _row(writer, seed)
            writer.add(rows[seed])
            written[seed] = []
        if not writer.rows:
            continue
        seeds = {id(row): seed for seed, row in rows.items()}
        for row, symbol in zip(list(writer.rows), writer.step(), strict=True):
            written[seeds[id(row)]].append(symbol)
        writer.remove([row for seed, row in rows.items() if len(written[seed]) == 30])
        rows = {seed: row for seed, row in rows.items() if len(written[seed]) < 30}
    assert written == expected


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_text_goes_on_from_its_place_as_if_it_had_not_stopped(settings):
    network = _network(settings)
    writer = Writer(network, None)
    row = _row(writer, 3)
    writer.add(row)
    before = _write(writer, 10)
    place, draws = writer.place(row), CountedDraws(row.draws.seed, row.draws.count)
    elsewhere = Writer(network, None)
    elsewhere.add(Row(place, draws, row.filters, 3))
    assert before + _write(elsewhere, 20) == _alone(network, 3, 30)


def test_a_place_stays_as_it_is_when_its_text_goes_on():
    writer = Writer(_network(SETTINGS[1]), None)
    row = _row(writer, 3)
    begun = [part.clone() for part in row.place.state]
    writer.add(row)
    writer.step()
    place = writer.place(row)
    held = [part.clone() for part in place.state]
    writer.step()
    for part, copy in zip(row.place.state + place.state, begun + held, strict=True):
        assert torch.equal(part, copy)


@pytest.mark.parametrize("precision", ["float32", "int8"])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_prompts_read_together_are_each_read_alone(settings, precision):
    network = _answering(settings, precision)
    writer = Writer(network, None)
    before = [None, None, writer.read(_prompt(7, 5))[0]]
    prompts = [
        Unread(_prompt(seed, 1 + seed % SHORT)[0].tolist(), before[seed % 3], [None, 0, 2][seed % 3])
        for seed in range(40)
    ]
    prompts.append(Unread([], before[2]))
    for prompt, (place, written) in zip(prompts, writer.read_together(prompts), strict=True):
        alone, known = writer.read_together([prompt])[0]
        assert place.symbol == alone.symbol == [*(prompt.symbols or [before[2].symbol])][-1]
        assert all(torch.equal(part, expected) for part, expected in zip(place.state, alone.state, strict=True))
        assert written == known
        count = len(prompt.symbols) - (prompt.place is None)
        assert len(written) == (0 if prompt.alternatives is None else count)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_prompt_read_in_pieces_is_the_prompt(settings):
    writer = Writer(_network(settings), None)
    symbols = _prompt(1, 50)
    whole, known = writer.read(symbols, None, 2)
    place: Place | None = None
    pieces = []
    for begin in range(0, 50, 16):
        place, of_piece = writer.read(symbols[:, begin : begin + 16], place, 2)
        pieces += of_piece
    assert place is not None
    assert place.symbol == whole.symbol == symbols[0, -1]
    for part, expected in zip(place.state, whole.state, strict=True):
        torch.testing.assert_close(part, expected)
    assert [one.symbol for one in pieces] == [one.symbol for one in known] == symbols[0, 1:].tolist()
    for one, expected in zip(pieces, known, strict=True):
        assert one.log_prob == pytest.approx(expected.log_prob, abs=1e-5)
        assert len(one.alternatives) == 2


def test_log_probabilities_of_a_prompt_are_the_networks():
    network = _network(SETTINGS[2])
    symbols = _prompt(1, 20)
    _, known = Writer(network, None).read(symbols, None, SYMBOLS)
    with torch.no_grad():
        log_probs = network(symbols)[0].log_softmax(-1)[0]
    for one, row in zip(known, log_probs, strict=False):
        assert one.log_prob == pytest.approx(row[one.symbol].item(), abs=1e-5)
        assert dict(one.alternatives) == pytest.approx(dict(enumerate(row.tolist())), abs=1e-5)
        assert [p for _, p in one.alternatives] == sorted((p for _, p in one.alternatives), reverse=True)


def test_what_is_unknown_is_never_written():
    network = _network(SETTINGS[0])
    with torch.no_grad():
        network.bias[4] = 20.0
    writer = Writer(network, 4)
    row = Row(writer.read(_prompt(1, 3))[0], CountedDraws.of(1), alternatives=1)
    writer.add(row)
    written = _write(writer, 30)
    assert 4 not in {one.symbol for one in written}
    assert written[0].alternatives[0][0] == 4  # what the network thinks is told as it is


def test_rows_without_log_probabilities_have_none():
    writer = Writer(_network(SETTINGS[0]), None)
    for alternatives in (None, 0, 2):
        writer.add(_row(writer, 1, alternatives))
    plain, scored, likeliest = writer.step()
    assert plain.log_prob is None
    assert scored.log_prob == likeliest.log_prob
    assert (len(scored.alternatives), len(likeliest.alternatives)) == (0, 2)
    assert plain.symbol == scored.symbol == likeliest.symbol
