import torch

from recurra.data.tables.feature import Feature
from recurra.nn.generators import drawing_from
from recurra.tasks.series_gan.heads import activate, harden, reconstruction_loss, slices

FEATURES = [
    Feature("a", "value", "number", 0, 9),
    Feature("b", "value", "category", values=[0, 1, 2]),
    Feature("a", "missing", "mark"),
]
MASK = torch.ones(2, 4, dtype=torch.bool)


def test_categories_become_probabilities_and_all_else_lies_between_0_and_1():
    assert slices(FEATURES) == [slice(0, 1), slice(1, 4), slice(4, 5)]
    rows = activate(torch.randn(2, 4, 5) * 5, FEATURES)
    torch.testing.assert_close(rows[..., 1:4].sum(-1), torch.ones(2, 4))
    assert 0 <= rows.min() <= rows.max() <= 1
    torch.testing.assert_close(activate(torch.zeros(1, 1, 1), FEATURES[:1]), torch.full((1, 1, 1), 0.5))


def test_the_loss_is_small_for_true_rows_and_does_not_see_padding():
    true = torch.tensor([0.5, 0, 1, 0, 1]).expand(2, 4, 5)
    right = torch.tensor([0.0, -20, 20, -20, 20]).expand(2, 4, 5).clone()
    assert reconstruction_loss(right, true, FEATURES, MASK) < 1e-4
    wrong = right.clone()
    wrong[1, 2:] *= -1
    assert reconstruction_loss(wrong, true, FEATURES, MASK) > 0.1
    seen = MASK.clone()
    seen[1, 2:] = False
    assert reconstruction_loss(wrong, true, FEATURES, seen) < 1e-4


def test_what_is_drawn_is_0_or_1_and_the_same_from_the_same_generator():
    rows = activate(torch.randn(50, 4, 5), FEATURES)
    drawn = []
    for _ in range(2):
        with drawing_from({"cpu": torch.Generator().manual_seed(1)}):
            drawn.append(harden(rows, FEATURES))
    assert torch.equal(*drawn)
    assert set(drawn[0][..., 1:].unique().tolist()) == {0.0, 1.0}
    assert (drawn[0][..., 1:4].sum(-1) == 1).all()
    assert torch.equal(drawn[0][..., 0], rows[..., 0])
