"""Training and tagging speed on CoNLL-2000 beside the same network in plain PyTorch with pytorch-crf.

Both take the same batches, with each form of a word read once a batch, run in turn, round after round, and end with the
same kind of step: clipped gradients, fused AdamW. The plain network packs its sequences, as an expert would.

    python benchmarks/tagger.py [--rounds 3] [--batches 64] [--threads 2]
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
import torchcrf
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from recurra import Tagger
from recurra.data.sentences.lexicon import CAPITALS
from recurra.data.sources import tagged
from recurra.tasks.tagging import encoding as tagging_data
from recurra.tasks.tagging.data import TaggerDataModule
from recurra.tasks.tagging.network import TaggerBatch, TaggerInputs


class PlainTagger(nn.Module):
    """The network of `recurra.Tagger` with its default settings."""

    def __init__(self, lexicon: Any, labels: int, config: Any):
        super().__init__()
        size = config.character_embedding_size
        self.words = nn.Embedding(len(lexicon.words), config.word_embedding_size)
        self.characters = nn.Embedding(len(lexicon.characters), size)
        self.capitals = nn.Embedding(len(CAPITALS), config.capital_embedding_size)
        self.affixes = nn.Embedding(len(lexicon.affixes), config.affix_embedding_size)
        self.spelling = nn.LSTM(size, size, batch_first=True, bidirectional=True)
        width = config.word_embedding_size + 2 * size + config.capital_embedding_size + 4 * config.affix_embedding_size
        self.lstm = nn.LSTM(width, config.hidden_size, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * config.hidden_size, labels)
        self.crf = torchcrf.CRF(labels, batch_first=True)
        self.config = config

    def drop(self, x: Tensor) -> Tensor:
        """Locked dropout."""
        return x * F.dropout(x.new_ones(len(x), 1, x.shape[-1]), self.config.dropout, self.training)

    def scores(self, inputs: TaggerInputs, lengths: Tensor) -> Tensor:
        tokens, words, capitals, affixes, characters, character_lengths, _ = inputs
        spelt = F.dropout(self.characters(characters), 0.1, self.training)
        packed = pack_padded_sequence(spelt, character_lengths, batch_first=True, enforce_sorted=False)
        _, (h, _) = self.spelling(packed)
        of_form = torch.cat([h[0], h[1], self.capitals(capitals), self.affixes(affixes).flatten(1)], -1)
        own = words[tokens]
        if self.training:
            own = own.masked_fill(torch.rand(own.shape) < self.config.token_dropout, 0)
        x = self.drop(torch.cat([self.words(own), of_form[tokens]], -1))
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        hidden, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        return self.head(self.drop(hidden))

    def forward(self, batch: TaggerBatch) -> Tensor:
        """The loss."""
        scores, mask = self.scores(batch.inputs, batch.lengths), mask_of(batch)
        return -self.crf(scores, batch.labels[..., 0], mask) / batch.lengths.sum()


def mask_of(batch: TaggerBatch) -> Tensor:
    return torch.arange(batch.inputs.tokens.shape[1]) < batch.lengths.unsqueeze(-1)


def learn(network: nn.Module, given: list[TaggerBatch], loss_of: Callable[[TaggerBatch], Tensor]) -> float:
    """Seconds of a pass over batches."""
    network.train()
    parameters = list(network.parameters())
    optimizer = torch.optim.AdamW(parameters, 3e-3, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
    began = time.perf_counter()
    for batch in given:
        optimizer.zero_grad()
        loss_of(batch).backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
    return time.perf_counter() - began


@torch.no_grad()
def label(network: nn.Module, given: list[TaggerBatch], decode: Callable[[TaggerBatch], Any]) -> float:
    """Seconds of labelling batches."""
    network.eval()
    began = time.perf_counter()
    for batch in given:
        decode(batch)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("rounds", 3), ("batches", 64), ("threads", torch.get_num_threads())):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    train = tagged.resolve("conll2000")["train"]
    tagger = Tagger(epochs=1).fit(train.select(range(200)), valid=train.select(range(20)), progress=False)
    tagger.network = None
    network = tagger._learn(train)
    data = TaggerDataModule(tagger.config, tagging_data.encode(train, tagger.lexicon_, tagger.columns_))
    given = [batch for batch, _ in zip(data.batches(0, 0, 0, 1), range(options.batches), strict=False)]
    plain = PlainTagger(tagger.lexicon_, len(tagger.columns_["chunk"].labels), tagger.config)

    def decode(batch: TaggerBatch) -> Any:
        (emissions,), _ = network(batch.inputs, batch.lengths)
        return network.crfs[0].decode(emissions, batch.lengths)

    def decode_plainly(batch: TaggerBatch) -> Any:
        return plain.crf.decode(plain.scores(batch.inputs, batch.lengths), mask_of(batch))

    words = sum(batch.size for batch in given)
    work = {
        "training": (
            lambda: learn(network, given, lambda batch: network.loss(batch)[0]),
            lambda: learn(plain, given, plain),
        ),
        "tagging": (lambda: label(network, given, decode), lambda: label(plain, given, decode_plainly)),
    }
    print(f"CoNLL-2000, {tagger.config.batch_size} sentences a batch, {options.threads} threads, words a second")
    print(f"{'':10}{'Recurra':>10}{'plain PyTorch':>15}{'ratio, median (min-max)':>26}")
    for name, ways in work.items():
        rounds = [[way() for way in ways] for _ in range(options.rounds + 1)][1:]
        ratios = [theirs / ours for ours, theirs in rounds]
        speeds = [words / statistics.median(seconds) for seconds in zip(*rounds, strict=True)]
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
        print(f"{name:10}{speeds[0]:10,.0f}{speeds[1]:15,.0f}{spread:>26}", flush=True)


if __name__ == "__main__":
    main()
