"""Messages of errors, and the checks that raise them."""

import numpy as np
import pytest

from recurra import DataError, LanguageModel, Translator
from recurra.errors import require_count


@pytest.mark.parametrize("job", [LanguageModel, Translator])
def test_a_text_in_place_of_a_file_is_not_shown_whole(job):
    text = "the old king said\n" * 10_000
    for data in (text, [text]):
        with pytest.raises(DataError) as caught:
            job().fit(data, progress=False)
        assert len(str(caught.value)) <= 2000
        assert "\n" not in str(caught.value)


def test_a_count_is_a_whole_number():
    require_count("n", np.int32(1))
    for value in (0, -1, 1.0, True, "1", None, np.float64(2)):
        with pytest.raises(DataError, match="n: expected a whole number of at least 1, got"):
            require_count("n", value)
