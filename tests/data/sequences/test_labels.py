import json
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import torch

from recurra import DataError
from recurra.data.sequences import labels


def test_a_label_is_the_same_wherever_it_came_from():
    assert {labels.plain(one) for one in (1, np.int8(1), torch.tensor(1), np.asarray(1))} == {1}
    assert labels.plain(np.str_("a")) == "a"
    assert type(labels.plain(np.str_("a"))) is str
    for one in (pd.Timestamp("2020-01-02"), np.datetime64("2020-01-02", "ns"), datetime(2020, 1, 2)):
        assert labels.plain(one) == datetime(2020, 1, 2)
    assert labels.plain(np.datetime64("2020-01-02")) == date(2020, 1, 2)


def test_labels_of_types_without_a_common_order_stand_by_type():
    assert labels.in_order([3, 1, 3]) == [1, 3]
    assert labels.in_order(["a", 2, 10, b"x", "b"]) == [2, 10, b"x", "a", "b"]


@pytest.mark.parametrize(
    "known",
    [[1, "a"], [b"a\0", b"b"], ["a\0", "b"], [1, 2.5], [date(2020, 1, 1)], [datetime(2020, 1, 1, 5)], [True, "x"]],
)
def test_an_array_changes_no_label(known):
    assert labels.as_array(known).tolist() == known


@pytest.mark.parametrize(
    "label", ["a", 1, 2.5, True, b"\xff\0", date(2020, 1, 2), datetime(2020, 1, 2, 3, tzinfo=UTC)], ids=repr
)
def test_json_holds_every_label(label):
    back = labels.from_json(json.loads(json.dumps(labels.to_json(label))))
    assert back == label
    assert type(back) is type(label)


@pytest.mark.parametrize(("label", "message"), [(Decimal(1), "got Decimal"), (None, "got none"), (1j, "got complex")])
def test_what_a_run_could_not_hold_is_refused(label, message):
    with pytest.raises(DataError, match=message):
        labels.plain(label)
