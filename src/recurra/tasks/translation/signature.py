"""What goes into a translator's `describe` and comes out of it."""

from recurra.tasks.translation.config import BEAM_MOST, TranslatorConfig
from recurra.training.signature import (
    COUNT,
    NUMBER,
    PROBABILITY,
    TEXT,
    Schema,
    Signature,
    default,
    either,
    list_of,
    object_of,
)

TOP_TOKENS_MOST = 100  # alternatives to a symbol
SHOWN_BEAM_MOST = 100  # hypotheses of a beam that is shown

_LOG_PROBABILITY: Schema = NUMBER | {"maximum": 0}
_SYMBOL: dict[str, Schema] = {"symbol": COUNT, "text": TEXT, "log_probability": _LOG_PROBABILITY}
_OPTIONAL = ("attention", "alignment", "tokens", "source_tokens", "beam")  # where they are asked for


def signature(task: str, config: TranslatorConfig) -> Signature:
    """What goes in and comes out; where the network looked only of one that looks."""
    node = {"parent": COUNT | {"type": ["integer", "null"]}, "ended": {"type": "boolean"}}
    output = object_of(
        {
            "source": TEXT,
            "translations": list_of(_translation()),
            "source_tokens": list_of(TEXT),
            "beam": list_of(object_of(_SYMBOL | node)),
        },
        optional=_OPTIONAL,
    )
    source = TEXT | {"description": f"a text in {config.source}"}
    return Signature(task, source, output, _options(config))


def _translation() -> Schema:
    attention = list_of(PROBABILITY)
    token = _SYMBOL | {"alternatives": list_of(object_of(_SYMBOL)), "attention": attention}
    translation = {
        "text": TEXT,
        "log_probability": _LOG_PROBABILITY,
        "score": _LOG_PROBABILITY,
        "attention": list_of(attention),
        "alignment": list_of(list_of(COUNT, 2)),
        "tokens": list_of(object_of(token, optional=_OPTIONAL)),
    }
    return object_of(translation, optional=_OPTIONAL)


def _options(config: TranslatorConfig) -> dict[str, Schema]:
    hypotheses = {"type": "integer", "minimum": 1, "maximum": BEAM_MOST}
    flag = {"type": "boolean"}
    symbols = list_of(COUNT) | {"maxItems": config.max_length - 1}
    options = {
        "beam_size": default(hypotheses, config.beam_size),
        "n_best": default(hypotheses, 1),
        "with_alignment": default(flag, False),
        "prefix": default(either(symbols, TEXT), "") | {"description": "what translations begin with"},
        "top_tokens": default({"type": "integer", "minimum": 0, "maximum": TOP_TOKENS_MOST}, 0),
        "with_beam": default(flag, False),
    }
    if config.attention == "none":
        del options["with_alignment"]
    return options
