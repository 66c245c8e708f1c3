import torch

from recurra.nn.clips.labelled_score import LabelledScore


def test_a_label_adds_the_product_with_its_vector():
    score, vectors, labels = LabelledScore(4, 3), torch.randn(5, 4), torch.tensor([0, 2, 1, 0, 2])
    plain = vectors @ score.score.weight[0] + score.score.bias
    torch.testing.assert_close(score(vectors), plain)
    of_labels = torch.stack([v @ score.of_label.weight[n] for v, n in zip(vectors, labels, strict=True)])
    torch.testing.assert_close(score(vectors, labels), plain + of_labels)


def test_without_labels_there_are_none():
    assert LabelledScore(4, 0).of_label is None
