"""Translating speed: `Translator.translate` beside the same network in plain PyTorch with a beam search in Python.

Both have the same weights and translate the same sentences with the same beam, run in turn, round after round. The
plain search takes sentences of like length together, all hypotheses of all of them in one batch (`batched`, as JoeyNMT
does), or one sentence after another (`one by one`, as a first program does); it ends as Recurra's does. How many of the
translations are the same is printed too.

    python benchmarks/translating.py [--rounds 3] [--sentences 200] [--beam-size 5] [--threads 2] [--run RUN]
        [--precision float32|bf16|int8]

With a precision Recurra computes over weights of fewer bits, the plain network over the weights as they are. Without a
run, the network has the default settings and is trained for a few steps on what is there of Multi30k.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

import recurra
from recurra import Translator
from recurra.data.sources import translations


class PlainTranslator(nn.Module):
    """The network of `recurra.Translator` with one layer and general attention, and its weights.

    A state is the tensors of the decoder and of the layer that reads what was looked up, (1, N, H) each.
    """

    def __init__(self, trained: Any, config: Any):
        super().__init__()
        kind = {"lstm": nn.LSTM, "gru": nn.GRU}[config.cell]
        width, size = config.embedding_size, config.hidden_size
        self.encoder = kind(width, size // 2, bidirectional=True, batch_first=True)
        self.encoder.load_state_dict(trained.encoder.state_dict())
        self.decoders = nn.ModuleList()
        for own in (trained.decoder, trained.second_decoder):
            if own is not None:
                self.decoders.append(kind(own.input_size, size, batch_first=True))
                self.decoders[-1].load_state_dict(own.state_dict())
        self.parts = 2 if config.cell == "lstm" else 1  # tensors that a layer carries on
        self.penalty = config.length_penalty  # a translation's score is divided by its length to this power
        self.embedding, self.bias, self.end = trained.target, trained.bias, trained.end
        self.bridges, self.keys, self.mix = trained.bridges, trained.attention.memory, trained.attention_out

    def encode(self, source: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, tuple[Tensor, ...], Tensor]:
        packed = pack_padded_sequence(self.embedding(source), lengths, batch_first=True, enforce_sorted=False)
        out, final = self.encoder(packed)
        memory, _ = pad_packed_sequence(out, batch_first=True)
        last = final if self.parts == 1 else final[0]
        summary = torch.cat([last[0], last[1]], -1)
        state = tuple(own(summary).tanh().unsqueeze(0) for bridges in self.bridges for own in bridges)
        beyond = torch.arange(memory.shape[1]) >= lengths.unsqueeze(-1)
        return memory, self.keys(memory), state, beyond

    def step(
        self, symbols: Tensor, memory: Tensor, keys: Tensor, beyond: Tensor, state: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        out, after = self.run(0, self.embedding(symbols).unsqueeze(1), state)
        scores = (out @ keys.transpose(1, 2)).masked_fill(beyond.unsqueeze(1), -torch.inf)
        found = scores.softmax(-1) @ memory
        if len(self.decoders) > 1:
            out, more = self.run(1, torch.cat([out, found], -1), state)
            after += more
        mixed = self.mix(torch.cat([out, found], -1)).tanh().squeeze(1)
        return torch.log_softmax(mixed @ self.embedding.weight.T + self.bias, -1), after

    def run(self, layer: int, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        own = state[layer * self.parts : (layer + 1) * self.parts]
        out, after = self.decoders[layer](x, own if self.parts > 1 else own[0])
        return out, after if self.parts > 1 else (after,)


@torch.inference_mode()
def search(plain: PlainTranslator, sentences: Sequence[Tensor], beam: int, limit: int) -> list[list[int]]:
    """Beam search over sentences at once, as in JoeyNMT: K hypotheses of each, all in one batch.

    It ends as Recurra's does, when K translations have ended and none that goes on ranks before the best of them.
    """
    lengths = torch.tensor([len(one) for one in sentences])
    memory, keys, state, beyond = plain.encode(pad_sequence(list(sentences), batch_first=True), lengths)
    count = len(sentences)
    memory, keys, beyond = (part.repeat_interleave(beam, 0) for part in (memory, keys, beyond))
    state = tuple(part.repeat_interleave(beam, 1) for part in state)
    totals = torch.full((count, beam), -torch.inf)
    totals[:, 0] = 0.0
    alive = torch.full((count * beam, 1), plain.end)
    finished: list[list[tuple[float, list[int]]]] = [[] for _ in range(count)]
    sources = list(range(count))
    for length in range(1, limit + 1):
        chances, state = plain.step(alive[:, -1], memory, keys, beyond, state)
        size = chances.shape[-1]
        chances = (chances + totals.view(-1, 1)).view(len(sources), beam * size)
        best, places = chances.topk(2 * beam, -1)
        keep, rows, kept_totals, kept_symbols = [], [], [], []
        for i, source in enumerate(sources):
            own: list[tuple[float, int, int]] = []
            for rank in range(2 * beam):
                place = int(places[i, rank])
                row, symbol, total = i * beam + place // size, place % size, float(best[i, rank])
                if symbol == plain.end:
                    if rank < beam:
                        finished[source].append((total / length**plain.penalty, alive[row, 1:].tolist()))
                elif len(own) < beam:
                    own.append((total, row, symbol))
            wanted = len(finished[source]) < beam or own[0][0] / length**plain.penalty > max(finished[source])[0]
            if wanted and length < limit:
                keep.append(i)
                rows += [row for _, row, _ in own]
                kept_totals.append([total for total, _, _ in own])
                kept_symbols += [symbol for _, _, symbol in own]
            elif not finished[source]:
                finished[source] = [
                    (total / length**plain.penalty, [*alive[row, 1:].tolist(), symbol]) for total, row, symbol in own
                ]
        sources = [sources[i] for i in keep]
        if not sources:
            break
        chosen = torch.tensor(rows)
        totals, symbols = torch.tensor(kept_totals), torch.tensor(kept_symbols)
        alive = torch.cat([alive[chosen], symbols.unsqueeze(-1)], -1)
        state = tuple(part[:, chosen] for part in state)
        memory, keys, beyond = memory[chosen], keys[chosen], beyond[chosen]
    return [max(own)[1] for own in finished]


def translate(translator: Any, plain: PlainTranslator, texts: Sequence[str], beam: int, batch: int) -> list[str]:
    """Translate texts, some of like length at once."""
    source, target = translator.tokenizers_
    numbers = [torch.tensor([*source.encode(text), len(source)]) for text in texts]
    order = sorted(range(len(texts)), key=lambda i: -len(numbers[i]))
    said = [""] * len(texts)
    for start in range(0, len(order), batch):
        rows = order[start : start + batch]
        limit = 2 * max(len(numbers[i]) for i in rows) + 20
        for i, symbols in zip(rows, search(plain, [numbers[i] for i in rows], beam, limit), strict=True):
            said[i] = target.decode(symbols)
    return said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    defaults = {"rounds": 3, "sentences": 200, "beam-size": 5, "threads": torch.get_num_threads(), "batch": 64}
    for name, value in defaults.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--run")
    parser.add_argument("--precision", choices=["float32", "bf16", "int8"], default="float32")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    parts = translations.resolve("multi30k", "de", "en")
    if options.run:
        translator: Any = recurra.load(options.run)
    else:
        some = parts["train"].select(range(4000))
        translator = Translator(epochs=3, average_decay=0.0, threads=options.threads).fit(
            some, valid=some.select(range(50)), progress=False
        )
    texts, beam = parts["valid"].sources[: options.sentences], options.beam_size
    plain = PlainTranslator(translator.network.eval(), translator.config)
    if options.precision != "float32":
        translator.reduce_precision(options.precision)
    ways: dict[str, Callable[[], list[str]]] = {
        "Recurra": lambda: translator.translate(texts, beam_size=beam),
        "batched": lambda: translate(translator, plain, texts, beam, options.batch),
        "one by one": lambda: translate(translator, plain, texts, beam, 1),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    said: dict[str, list[str]] = {}
    for _ in range(options.rounds + 1):
        for name, way in ways.items():
            began = time.perf_counter()
            said[name] = way()
            seconds[name].append(time.perf_counter() - began)
    print(f"{len(texts)} sentences of Multi30k, beam {beam}, {options.threads} threads, {options.precision}")
    print(f"{'':12}{'sentences/s':>12}{'Recurra gains':>26}{'same':>8}")
    for name, own in seconds.items():
        ratios = [theirs / ours for ours, theirs in zip(seconds["Recurra"][1:], own[1:], strict=True)]
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
        same = sum(a == b for a, b in zip(said["Recurra"], said[name], strict=True)) / len(texts)
        print(f"{name:12}{len(texts) / statistics.median(own[1:]):12.1f}{spread:>26}{same:8.0%}")


if __name__ == "__main__":
    main()
