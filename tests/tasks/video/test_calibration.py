"""How sure answers may be, by how much of a clip was seen."""

import pytest
import torch
from torch.nn import functional as F

from recurra.tasks.video.calibration import Calibration

STEPS, CLIPS = 12, 3000
SECONDS = torch.arange(1, STEPS + 1) / 10.0


def _scores(sharper: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores (B, T, 3) that say of answers drawn by them what they should, times `sharper` (T,)."""
    generator = torch.Generator().manual_seed(1)
    true = torch.randn(CLIPS, 1, 3, generator=generator).expand(-1, STEPS, -1)
    targets = torch.multinomial(true[:, 0].softmax(-1), 1, generator=generator)[:, 0]
    return true * sharper[:, None], targets


def _fitted(scores: torch.Tensor, targets: torch.Tensor, lengths: torch.Tensor) -> Calibration:
    calibration = Calibration()
    calibration.fit(
        scores, SECONDS, lengths, lambda at_steps, clips: F.cross_entropy(at_steps, targets[clips], reduction="none")
    )
    return calibration


def test_scores_that_are_too_sure_are_brought_down():
    scores, targets = _scores(torch.full((STEPS,), 4.0))
    calibration = _fitted(scores, targets, torch.full((CLIPS,), STEPS))
    torch.testing.assert_close(calibration(scores, SECONDS), scores / 4, rtol=0.2, atol=0.1)


def test_scores_may_grow_surer_with_time():
    sharper = 1 / (1 + SECONDS)  # too little by more and more
    scores, targets = _scores(sharper)
    calibration = _fitted(scores, targets, torch.full((CLIPS,), STEPS))
    torch.testing.assert_close(calibration(scores, SECONDS), scores / sharper[:, None], rtol=0.2, atol=0.1)


def test_what_pads_a_clip_does_not_count():
    scores, targets = _scores(torch.full((STEPS,), 4.0))
    lengths = torch.randint(5, STEPS, (CLIPS,), generator=torch.Generator().manual_seed(2))
    garbage = scores.clone()
    for row, length in zip(garbage, lengths.tolist(), strict=True):
        row[length:] = 1e4
    expected = _fitted(scores, targets, lengths).coefficients
    torch.testing.assert_close(_fitted(garbage, targets, lengths).coefficients, expected)


def test_few_clips_that_were_all_right_do_not_make_it_certain():
    scores = 3.0 * torch.eye(3)[[0, 1]][:, None].expand(-1, STEPS, -1)
    calibration = _fitted(scores, torch.tensor([0, 1]), torch.full((2,), STEPS))
    sure = calibration(scores, SECONDS)[:, -1].softmax(-1).amax(-1)
    assert (sure < 0.999).all()


def test_it_changes_nothing_before_it_is_fitted():
    scores, _ = _scores(torch.ones(STEPS))
    calibration = Calibration()
    torch.testing.assert_close(calibration(scores, SECONDS), scores)
    calibration.coefficients.fill_(1.0)
    calibration.reset()
    torch.testing.assert_close(calibration(scores, SECONDS), scores)
    assert calibration.coefficients.tolist() == pytest.approx([0, 0])
