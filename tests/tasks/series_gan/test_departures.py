"""Noise that decoded rows do not have, learnt of the departures of true ones."""

import torch

from recurra.data.tables.feature import Feature
from recurra.tasks.series_gan.departures import Departures

FEATURES = [
    Feature("a", "value", "number", 0, 9),
    Feature("b", "value", "category", values=[0, 1]),
    Feature("c", "value", "number", 0, 9),
]


def test_departures_are_made_as_large_and_as_alike_from_row_to_row_as_they_were():
    torch.manual_seed(0)
    departures = Departures(4, FEATURES, 2)
    outputs, decoded = torch.zeros(200, 12, 4), torch.full((200, 12, 4), 0.5)
    steps = 0.02 * torch.randn(200, 12, 2)
    true = decoded.clone()
    true[:, 0, [0, 3]] += steps[:, 0]
    for step in range(1, 12):
        true[:, step, [0, 3]] = 0.5 + 0.8 * (true[:, step - 1, [0, 3]] - 0.5) + steps[:, step]
    optimizer = torch.optim.Adam(departures.parameters(), 5e-3)
    for _ in range(400):
        optimizer.zero_grad()
        loss = -departures.log_probs(outputs, decoded, true).mean()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        made = departures.add(outputs, decoded, departures.draw_noise(200, 12, outputs))
    assert torch.equal(made[..., 1:3], decoded[..., 1:3])
    for windows in (made, true):
        noise = windows[..., [0, 3]] - 0.5
        assert 0.02 < noise[:, 6:].std() < 0.045
        assert 0.6 < (noise[:, 7:] * noise[:, 6:-1]).mean() / noise[:, 6:].square().mean() < 0.95


def test_rows_without_numbers_stay():
    departures = Departures(4, [FEATURES[1]], 2)
    outputs, decoded = torch.zeros(2, 3, 4), torch.rand(2, 3, 2)
    assert departures.add(outputs, decoded, departures.draw_noise(2, 3, outputs)) is decoded
    assert departures.log_probs(outputs, decoded, decoded).eq(0).all()
