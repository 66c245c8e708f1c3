"""The paths that take something else than JSON."""

import re
from dataclasses import dataclass

JSON, FORM, BYTES = "application/json", "multipart/form-data", "application/octet-stream"


@dataclass(frozen=True)
class Upload:
    """A path that takes a file.

    path: that requests must match whole. media_types: of the body, besides which nothing is taken; "audio/*" for all
    that begin so.
    is_large: whether the bounds of uploads hold for it, instead of those of JSON.
    """

    path: re.Pattern[str]
    media_types: tuple[str, ...]
    is_large: bool

    def takes(self, media_type: str) -> bool:
        """Whether a body may be of a type."""
        whole, beginnings = self.media_types, [each[:-1] for each in self.media_types if each.endswith("/*")]
        return media_type in whole or any(map(media_type.startswith, beginnings))


UPLOADS = (
    Upload(re.compile("/v1/runs/[^/]+/files"), (FORM, BYTES, "text/csv", "audio/*", "video/*"), is_large=True),
    Upload(re.compile("/models/[^/]+"), (JSON, BYTES, "audio/*", "video/*"), is_large=False),
    Upload(re.compile("/sessions/import"), (BYTES,), is_large=False),
)


def upload_of(path: str) -> Upload | None:
    """What a path takes, where that is not JSON."""
    return next((upload for upload in UPLOADS if upload.path.fullmatch(path)), None)
