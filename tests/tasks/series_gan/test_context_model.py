import numpy as np

from recurra.data.tables.feature import Feature
from recurra.tasks.series_gan.context_model import ContextModel

FEATURES = [Feature("a", "value", "number", 0, 9), Feature("b", "value", "category", values=[0, 1, 2])]


def test_what_is_drawn_is_distributed_and_correlated_as_what_was_measured():
    generator = np.random.default_rng(0)
    numbers = generator.beta(2, 5, 400).astype(np.float32)
    chosen = np.digitize(numbers + generator.normal(0, 0.02, 400), [0.2, 0.4])
    context = np.concatenate([numbers[:, None], np.eye(3, dtype=np.float32)[chosen]], 1)
    model = ContextModel.learn(context, FEATURES, seed=1)
    drawn = model.draw(4000, FEATURES, generator)
    assert abs(drawn[:, 0].mean() - numbers.mean()) < 0.02
    np.testing.assert_allclose(drawn[:, 1:].mean(0), context[:, 1:].mean(0), atol=0.06)
    assert (drawn[:, 1:].sum(1) == 1).all()
    assert np.corrcoef(drawn[:, 0], drawn[:, 1:].argmax(1))[0, 1] > 0.6
    assert numbers.min() <= drawn[:, 0].min() <= drawn[:, 0].max() <= numbers.max()


def test_there_may_be_one_series_or_no_context():
    single = np.asarray([[0.5, 0, 1, 0]], np.float32)
    drawn = ContextModel.learn(single, FEATURES, 0).draw(3, FEATURES, np.random.default_rng(0))
    np.testing.assert_allclose(drawn, np.repeat(single, 3, 0))
    assert ContextModel.learn(np.zeros((5, 0)), [], 0).draw(3, [], np.random.default_rng(0)).shape == (3, 0)
