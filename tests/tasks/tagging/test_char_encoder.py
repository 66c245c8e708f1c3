import pytest
import torch

from recurra.tasks.tagging.char_encoder import CharEncoder


@pytest.mark.parametrize(("kind", "size"), [("lstm", 10), ("cnn", 5)])
def test_a_word_is_read_alike_whatever_stands_beside_it(kind, size):
    torch.manual_seed(0)
    encoder = CharEncoder(20, 5, kind, 0.1).eval()
    characters, lengths = torch.randint(1, 20, (3, 7)), torch.tensor([7, 1, 4])
    together = encoder(characters, lengths)
    assert together.shape == (3, encoder.size) == (3, size)
    for row, length in enumerate(lengths.tolist()):
        alone = encoder(characters[row : row + 1, :length], lengths[row : row + 1])
        torch.testing.assert_close(together[row], alone[0])
