"""What units of a classifier of clips follow."""

from recurra.explain import activations


def test_units_follow_the_class_and_what_changes(video_classifier, flashes):
    made = activations(video_classifier, flashes)
    strengths = {follower.follows: follower.strength for follower in made.followers}
    assert {"place in the clip", "how much changes"} <= set(strengths)
    assert any(name.startswith("class ") for name in strengths)
    assert strengths["how much changes"] > 0.5


def test_a_report_of_clips_is_made_in_all_its_parts(video_classifier, flashes, tmp_path):
    from recurra.explain.report import PARTS, report

    made = report(video_classifier, flashes, title="flashes")
    assert set(made.parts) == set(PARTS)
    made.save(tmp_path / "report.html")
    assert (tmp_path / "report.html").stat().st_size < 1_500_000
