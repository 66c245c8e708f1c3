from recurra.data.pairs.skipped import SkippedPairs


def test_skipped_pairs_are_counted_by_their_reason():
    skipped = SkippedPairs()
    assert skipped.notes() == []
    for name, reason in (("f:1", "too long"), ("f:2", "with an empty side"), ("f:3", "too long")):
        skipped.add(reason, name)
    assert skipped.notes() == [
        "left out 2 pairs too long, the first at f:1",
        "left out 1 pair with an empty side, the first at f:2",
    ]
