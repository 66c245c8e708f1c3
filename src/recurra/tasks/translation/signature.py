"""What goes into a translator's `describe` and comes out of it."""

from recurra.tasks.translation.config import BEAM_MOST, TranslatorConfig
from recurra.training.signature import COUNT, NUMBER, PROBABILITY, TEXT, Signature, default, list_of, object_of


def signature(task: str, config: TranslatorConfig) -> Signature:
    """What goes in and comes out; "attention" and "alignment" where they are asked for."""
    translation = {
        "text": TEXT,
        "log_probability": NUMBER | {"maximum": 0},
        "score": NUMBER | {"maximum": 0},
        "attention": list_of(list_of(PROBABILITY)),
        "alignment": list_of(list_of(COUNT, 2)),
    }
    translations = list_of(object_of(translation, optional=["attention", "alignment"]))
    hypotheses = {"type": "integer", "minimum": 1, "maximum": BEAM_MOST}
    options = {
        "beam_size": default(hypotheses, config.beam_size),
        "n_best": default(hypotheses, 1),
        "with_alignment": default({"type": "boolean"}, False),
    }
    source = TEXT | {"description": f"a text in {config.source}"}
    return Signature(task, source, object_of({"source": TEXT, "translations": translations}), options)
