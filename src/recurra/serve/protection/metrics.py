"""Counts and times of a server, as Prometheus reads them.

What stands in a label is one of a few: no text of a client is among them. A figure that others know is asked of them
when somebody looks, so that it costs nothing meanwhile.
"""

from collections.abc import Callable
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Metrics:
    """Of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        count, histogram = partial(Counter, registry=self._registry), partial(Histogram, registry=self._registry)
        labels = ["method", "path", "status"]
        self._requests = count("recurra_requests", "Requests that were answered.", labels)
        self._seconds = histogram("recurra_request_seconds", "Time that requests took.", ["path"], buckets=_SECONDS)
        first = "Time to the first event of streams."
        self._first_event = histogram("recurra_first_event_seconds", first, buckets=_SECONDS)
        self._symbols = count("recurra_symbols", "Symbols that were written, counted when a request ends.")
        self._loads = count("recurra_weights_loaded", "Times that the weights of a run were loaded.", ["run"])
        self.open = Gauge("recurra_requests_open", "Requests that are being answered.", registry=self._registry)

    def count(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count a request.

        Args:
            method: of HTTP.
            path: as its route declares it, such as /v1/models/{name}.
            status: of the answer.
            seconds: that it took.
        """
        self._requests.labels(method if method in _METHODS else "other", path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def count_stream(self, seconds: float) -> None:
        """Count a stream, by the seconds to its first event."""
        self._first_event.observe(seconds)

    def count_symbols(self, count: int) -> None:
        """Count symbols that were written."""
        self._symbols.inc(count)

    def count_load(self, run: str) -> None:
        """Count that the weights of a run were loaded."""
        self._loads.labels(run).inc()

    def watch(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Show a figure that is asked for whenever somebody looks.

        Args:
            name: such as "sessions", of letters and _.
            text: what it is.
            value: gives it; must be quick.
        """
        Gauge(f"recurra_{name}", text, registry=self._registry).set_function(value)

    def text(self) -> bytes:
        """All of it."""
        return generate_latest(self._registry)
