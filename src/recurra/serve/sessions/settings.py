"""What a person chooses of sessions; `ServeSettings` takes it in."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from annotated_types import Interval

from recurra.settings.bounds import Count

Days = Annotated[float, Interval(ge=0, le=1_000_000)]


@dataclass(kw_only=True)
class SessionSettings:
    """Texts that are kept between requests."""

    sessions: str | None = None
    """File that sessions are kept in, a SQLite database; without it sessions.sqlite in the user's data folder. "" keeps
    them in memory, until the server ends."""
    session_days: Days = 30.0
    """Time that a session is kept since it was last used; 0 sets no bound."""
    max_sessions: Count = 100_000
    """Sessions that a client may have."""
    session_turns: Count = 1000
    """Turns that a session may have."""
    state_key: Path | None = None
    """File of the key that signs states, of 32 random bytes or more; servers that share it take each other's. Without
    it one is made beside the sessions."""
    max_state_bytes: Count = 4_000_000
    """Size of a state that a client may send."""
