import pytest

from recurra import DataError
from recurra.explain.compare.training_result import TrainingResult


def test_a_result_is_read_as_it_was_written(tmp_path, trained):
    result = trained("gru", 10, 0.01)
    result.write(tmp_path / "result.json")
    assert TrainingResult.read(tmp_path / "result.json") == result


@pytest.mark.parametrize("content", ["{", "[]", '{"network": "gru"}'])
def test_a_broken_file_is_refused_by_name(tmp_path, content):
    file = tmp_path / "result.json"
    file.write_text(content)
    with pytest.raises(DataError, match=r"result.json"):
        TrainingResult.read(file)


def test_skill_is_the_share_of_chances_loss_that_is_gone(trained):
    assert trained("gru", 10, 1 / 12).skill == pytest.approx(0.5)
    assert trained("gru", 10, 0.5).skill == 0
    assert trained("gru", 10, None).skill == 0
    assert trained("gru", 10, 0.0009).is_solved
    assert not trained("gru", 10, 0.0011).is_solved
    assert trained("gru", 10, 0.1, norm=7.0).largest_gradient_norm == 7
