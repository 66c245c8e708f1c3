"""Numbers, categories and marks of a row, each drawn as often as it is probable."""

import torch

from recurra.data.tables.feature import Feature
from recurra.tasks.series_gan.row_distribution import RowDistribution

FEATURES = [
    Feature("a", "value", "number", 0, 9),
    Feature("b", "value", "category", values=[0, 1, 2]),
    Feature("c", "value", "number", 0, 9),
    Feature("a", "missing", "mark"),
]


def test_categories_and_marks_are_drawn_as_often_as_they_are_probable():
    torch.manual_seed(0)
    of_rows, count = RowDistribution(4, FEATURES, 2), 4000
    outputs, rows = torch.linspace(-1, 1, 4).expand(count, 1, 4), torch.full((count, 1, 6), 0.5)
    with torch.no_grad():
        drawn = of_rows.draw(outputs, rows, of_rows.draw_noise(count, 1, outputs))
        logits = of_rows.other_head(outputs[0, 0])
    assert 0 <= drawn.min() <= drawn.max() <= 1
    torch.testing.assert_close(drawn[:, 0, 1:4].mean(0), torch.softmax(logits[:3], -1), atol=0.03, rtol=0)
    torch.testing.assert_close(drawn[:, 0, 5].mean(), torch.sigmoid(logits[3]), atol=0.03, rtol=0)


def test_the_density_is_that_of_numbers_times_the_probabilities_of_the_others():
    torch.manual_seed(0)
    of_rows = RowDistribution(4, FEATURES, 2)
    outputs, rows = torch.randn(1, 2, 4), torch.rand(1, 2, 6)
    true = torch.tensor([[[0.4, 1, 0, 0, 0.3, 1], [0.4, 0, 0, 1, 0.3, 0]]])
    with torch.no_grad():
        numbers = of_rows.mixture.log_probs(outputs, rows[..., [0, 4]], true[..., [0, 4]])
        logits = of_rows.other_head(outputs)[0]
        log_probs = of_rows.log_probs(outputs, rows, true)[0]
    expected = numbers[0] + torch.log_softmax(logits[:, :3], -1)[[0, 1], [0, 2]]
    expected = expected + torch.log(torch.sigmoid(torch.stack([logits[0, 3], -logits[1, 3]])))
    torch.testing.assert_close(log_probs, expected)
