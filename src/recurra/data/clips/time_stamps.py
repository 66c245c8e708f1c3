"""The times at which decoded frames are shown, whatever their stamps say."""

LONGEST_GAP = 600.0  # seconds between two frames; more is a jump of the clock
_LARGEST_STEP_BACK = 1.0  # seconds; more is a clock that began anew


class TimeStamps:
    """Turns the stamps of decoded frames into times that never go back, in seconds from the first frame.

    The order in which a decoder gives frames is that in which they are shown; stamps may be missing, or in the order
    of another stage. Each frame has two: when it is to be shown, and when its packet was to be decoded. Of these the
    kind that has failed less often is believed, as libavcodec does (`guess_correct_pts` in its decode.c).
    """

    def __init__(self, period: float):
        """Begin.

        Args:
            period: from one frame to the next, in seconds, where nothing else tells.
        """
        self.period = period
        self._last: dict[str, float | None] = {"shown": None, "decoded": None}
        self._faults = {"shown": 0, "decoded": 0}
        self._time: float | None = None  # of the last frame
        self._offset = 0.0  # from stamps to times

    def next(self, shown: float | None, decoded: float | None) -> float:
        """Give the time of the next frame.

        Args:
            shown: its stamp, in seconds; None where it has none.
            decoded: the stamp of the packet that it came from; None where it has none.
        """
        stamp = self._believed(shown, decoded)
        if self._time is None:
            self._offset = -(stamp or 0.0)
            self._time = 0.0
            return self._time
        expected = self._time + self.period
        time = expected if stamp is None else stamp + self._offset
        if stamp is not None and not -_LARGEST_STEP_BACK <= time - self._time <= LONGEST_GAP:
            self._offset += expected - time
            time = expected
        if 0 < time - self._time <= LONGEST_GAP:
            self.period = time - self._time
        self._time = max(time, self._time)
        return self._time

    def _believed(self, shown: float | None, decoded: float | None) -> float | None:
        for kind, stamp in (("shown", shown), ("decoded", decoded)):
            last = self._last[kind]
            if stamp is None:
                continue
            self._faults[kind] += last is not None and stamp <= last
            self._last[kind] = stamp
        prefers_shown = self._faults["shown"] <= self._faults["decoded"]
        if shown is not None and (prefers_shown or decoded is None):
            return shown
        return decoded
