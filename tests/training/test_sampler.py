import pytest

from recurra.settings.training import TrainingConfig
from recurra.training.sampler import Sampler


class Letters(Sampler):
    name, Config = "letters", TrainingConfig

    def format_samples(self, samples):
        return "\n".join(samples)


def test_samples_are_written_as_their_text(tmp_path):
    Letters().write_samples(["ä", "b"], tmp_path / "made.txt")
    assert (tmp_path / "made.txt").read_text(encoding="utf-8") == "ä\nb"


def test_a_job_says_what_it_makes():
    for verb in (
        lambda: Letters().sample(1),
        lambda: Letters().report("data"),
        lambda: Sampler.format_samples(None, []),
    ):
        with pytest.raises(NotImplementedError):
            verb()
