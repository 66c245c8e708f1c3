import torch

from recurra.settings.training import TrainingConfig
from recurra.training import precision

CPU = torch.device("cpu")


def test_products_are_in_the_precision_of_the_settings():
    x = torch.ones(2, 2)
    with precision.of_loss(TrainingConfig(precision="bf16"), CPU):
        assert (x @ x).dtype == torch.bfloat16
    with precision.of_loss(TrainingConfig(), CPU):
        assert (x @ x).dtype == torch.float32
