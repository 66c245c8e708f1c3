import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from recurra import DataError, Tagger
from recurra.tasks.tagging.language_model_head import LanguageModelHead


def test_neighbours_are_those_of_the_sentence():
    torch.manual_seed(1)
    words, lengths = torch.tensor([[1, 2, 3], [4, 1, 0], [9, 0, 0]]), torch.tensor([3, 2, 1])
    head = LanguageModelHead(6, 5)  # word 9 is beyond the five: unknown, 0
    hidden = torch.randn(3, 3, 12)
    packed = pack_padded_sequence(hidden, lengths, batch_first=True)
    end = 5
    after, before = [[2, 3, end], [1, end], [end]], [[end, 1, 2], [end, 4], [end]]
    expected = 0.0
    for b, length in enumerate(lengths.tolist()):
        for half, targets in enumerate((after, before)):
            narrow = head.narrow[half](hidden[b, :length].chunk(2, -1)[half]).tanh()
            log_probs = (narrow @ head.weights[half].T + head.biases[half]).log_softmax(-1)
            expected -= float(log_probs[range(length), targets[b]].sum().detach())
    assert float(head(words, lengths, packed).detach()) == pytest.approx(expected, rel=1e-5)
    with pytest.raises(DataError, match="lm_loss_weight: expected 0 with several layers"):
        Tagger(lm_loss_weight=0.1, num_layers=2)
