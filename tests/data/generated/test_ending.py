from recurra.data.generated.ending import Ending


def test_the_answer_at_each_step_is_the_last_symbol():
    batch = Ending(15, shortest=3).batch(50, 1, 0)
    assert set(batch.targets[:, 0]) == {0, 1, 2, 3}
    for symbols, length, endings in zip(batch.inputs, batch.lengths, batch.targets, strict=True):
        assert set(endings) == {symbols[length - 1]}
