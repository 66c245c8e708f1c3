"""What a client may ask of each task; a parameter that is not honoured is no field, and is refused by its name."""

from typing import Annotated, Any, Literal, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import Field, StrictBool, StrictInt, StrictStr, ValidationError

from recurra.serve.completions.request import Count, Number, StopText
from recurra.serve.null_defaults import NullDefaults


class ClassificationParameters(NullDefaults):
    """Of text, audio and video classification.

    function_to_apply: what makes probabilities of scores; only the one by which the run has learnt is honoured.
    top_k: how many of the likeliest labels are given; all, unless it is named.
    """

    function_to_apply: Literal["sigmoid", "softmax", "none"] | None = None
    top_k: Annotated[StrictInt, Field(ge=1)] | None = None


class TokenClassificationParameters(NullDefaults):
    """Of token classification.

    aggregation_strategy: "none" gives words, all others groups of words, which are alike here, since the tokens of a
    tagger are words. ignore_labels: that are not given.
    """

    aggregation_strategy: Literal["none", "simple", "first", "average", "max"] = "simple"
    ignore_labels: list[StrictStr] = Field(default=["O"], max_length=1000)


class BeamParameters(NullDefaults):
    """How a translation is searched for."""

    num_beams: StrictInt | None = None


class TranslationParameters(NullDefaults):
    """Of translation; the languages are those of the run."""

    src_lang: StrictStr | None = None
    tgt_lang: StrictStr | None = None
    generate_parameters: BeamParameters = BeamParameters()


class TextGenerationParameters(NullDefaults):
    """Of text generation, with the defaults of text-generation-inference: the likeliest symbol, unless a parameter asks
    for drawing. Of those that would change nothing, such as a penalty of 1, only that value is taken.
    """

    max_new_tokens: Annotated[Count, Field(ge=1)] = 100
    do_sample: StrictBool = False
    temperature: Annotated[Number, Field(gt=0, le=100)] | None = None
    top_k: Annotated[Count, Field(ge=1)] | None = None
    top_p: Annotated[Number, Field(gt=0, le=1)] | None = None
    seed: Annotated[StrictInt, Field(ge=0, lt=2**63)] | None = None
    stop: Annotated[list[StopText], Field(max_length=16)] = Field(default=[])
    return_full_text: StrictBool = False
    details: StrictBool = False

    best_of: Literal[1] = 1
    decoder_input_details: Literal[False] = False
    frequency_penalty: Annotated[Number, Field(ge=0, le=0)] = 0.0
    repetition_penalty: Annotated[Number, Field(ge=1, le=1)] = 1.0
    top_n_tokens: Literal[0] = 0
    watermark: Literal[False] = False

    @property
    def draws(self) -> bool:
        """Whether symbols are drawn."""
        chosen = (self.temperature, self.top_k, self.top_p)
        return self.do_sample or any(each is not None for each in chosen)


class ModelRequest(NullDefaults):
    """A request of any task: a text, or several, or a file in base64; and parameters, as the task has them."""

    inputs: StrictStr | Annotated[list[StrictStr], Field(max_length=1_000_000)]
    parameters: dict[str, Any] = Field(default_factory=dict)
    stream: StrictBool = False


ParametersT = TypeVar("ParametersT", bound=NullDefaults)


def validated(kind: type[ParametersT], values: Any, *place: str) -> ParametersT:
    """What a client has sent, held to its bounds.

    Raises:
        RequestValidationError: it does not hold to them; names the place.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *place, *fault["loc"])} for fault in error.errors()]
        raise RequestValidationError(faults) from None
