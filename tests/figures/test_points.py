import numpy as np

from recurra.figures import points


def test_groups_are_points_and_what_is_not_finite_is_left_out():
    groups = {"real": np.asarray([[0.0, 1.0], [np.nan, 2.0]]), "made": np.asarray([[1 / 3, 2.0]])}
    drawn = points(groups, "first", "second", "PCA").to_dict()
    assert drawn["data"]["values"] == [
        {"group": "real", "x": 0.0, "y": 1.0},
        {"group": "made", "x": 0.3333, "y": 2.0},
    ]
    assert drawn["title"] == "PCA"
