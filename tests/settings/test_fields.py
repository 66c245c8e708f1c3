from dataclasses import dataclass
from typing import Any, Literal

import pytest
from annotated_types import Interval

from recurra.settings.bounds import Count, Fraction
from recurra.settings.fields import settings_of
from recurra.tasks import JOBS


@dataclass
class Base:
    """Settings of the base. More of them."""

    size: Count = 3
    """How
    large."""
    kind: Literal["a", "b"] = "a"
    """Which."""


@dataclass
class Derived(Base):
    """Settings of what is derived."""

    size: Count = 4
    share: Fraction = 0.5
    """Of all."""
    kind: Literal["a", "b"] = "b"
    """Which of two."""


def test_a_setting_is_what_its_field_and_its_docstring_say():
    size, kind, share = settings_of(Derived)
    assert (size.name, size.kind, size.default, size.help) == ("size", int, 4, "How large.")  # the base's docstring
    assert size.interval == Interval(ge=1, le=1_000_000_000)
    assert size.shown_bounds == ">= 1"
    assert (kind.choices, kind.default, kind.help, kind.interval) == (("a", "b"), "b", "Which of two.", None)
    assert kind.shown_bounds == ""
    assert (size.part, share.part) == ("Settings of the base. More of them.", "Settings of what is derived.")


@pytest.mark.parametrize("job", JOBS)
def test_every_setting_of_every_job_has_a_help_text_and_a_part(job):
    settings = settings_of(JOBS[job].config_class)
    assert len(settings) > 30
    for setting in settings:
        assert setting.help.endswith("."), setting.name
        assert setting.part.startswith("Settings of"), setting.name
        assert setting.kind is not Any or setting.name == "class_weight"


def test_an_idea_has_one_name_in_all_jobs():
    names = {job: {setting.name for setting in settings_of(JOBS[job].config_class)} for job in JOBS}
    everywhere = {"cell", "hidden_size", "epochs", "valid_fraction"}
    shared = everywhere | {"activation", "num_layers", "dropout"}
    assert everywhere <= names["clip-gan"]  # whose recurrence makes a motion of noise, in one layer
    assert all(shared <= of_job for job, of_job in names.items() if job != "clip-gan")
    for job in ("language-model", "tagger", "translator"):
        assert {"variational_dropout", "token_dropout"} <= names[job]
    assert {"tie_embeddings", "embedding_size"} <= names["language-model"] & names["translator"]
