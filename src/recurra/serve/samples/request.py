"""What a client may ask of a generator."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

Seed = Annotated[StrictInt, Field(ge=0, lt=2**32)]
ClipType = Literal["image/gif", "image/png", "video/mp4"]


class SampleRequest(BaseModel):
    """How many samples, and what they are to be like; see `recurra sample`."""

    model_config = ConfigDict(extra="forbid")

    count: Annotated[StrictInt, Field(ge=1, le=1_000_000)] = 1
    """Samples; with `given` of series, for each series there."""
    length: Annotated[StrictInt, Field(ge=1, le=1_000_000)] | None = None
    """Rows of a series, symbols of a line at most, frames of a clip; null, as was learnt."""
    seed: Seed | None = None
    """Of what is drawn; null draws one, which the answer tells."""
    given: StrictStr | list[StrictStr] | None = None
    """Of series a table as CSV, whose rows without values are made; of lines their beginnings, in turn."""
    temperature: Annotated[float, Field(strict=True, ge=1e-6, le=1e6)] | None = None
    """Of lines: below 1 safer, above 1 bolder."""
    label: StrictStr | None = None
    """Class of the lines or clips, where classes were learnt; null draws one for each."""
    content_seed: Seed | None = None
    """Of what is in clips, in the place of `seed`."""
    motion_seed: Seed | None = None
    """Of how they move, in the place of `seed`."""
    clip_type: ClipType | None = None
    """Of the clips in the JSON; null gives GIFs. PNG is a strip of the frames side by side."""
