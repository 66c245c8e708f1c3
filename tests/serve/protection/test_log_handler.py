import io
import logging
import os
import sys
import threading

from recurra.serve.protection.log_handler import BackgroundHandler, logging_to_stderr


def test_lines_are_written_in_order():
    stream = io.StringIO()
    handler = BackgroundHandler(stream)
    for number in range(100):
        handler.handle(logging.LogRecord("a", logging.INFO, "", 1, f"line {number}", (), None))
    handler.close()
    assert stream.getvalue().splitlines() == [f"line {number}" for number in range(100)]


def test_nobody_waits_where_the_log_is_not_read():
    read_end, write_end = os.pipe()
    with os.fdopen(write_end, "w") as stream:
        handler = BackgroundHandler(stream)
        done = threading.Event()

        def log():
            for _ in range(20_000):  # more than the pipe and the queue hold
                handler.handle(logging.LogRecord("a", logging.INFO, "", 1, "a line of the log", (), None))
            done.set()

        threading.Thread(target=log, daemon=True).start()
        assert done.wait(30)
        while os.read(read_end, 1 << 20) and handler._lines.qsize():
            pass
        drain = threading.Thread(target=lambda: [None for _ in iter(lambda: os.read(read_end, 1 << 16), b"")])
        drain.start()
        handler.close()
    drain.join(30)
    os.close(read_end)


def test_a_stream_that_fails_fails_nobody():
    class Full(io.StringIO):
        def write(self, text):
            raise OSError(28, "No space left on device")

    handler = BackgroundHandler(Full())
    handler.handle(logging.LogRecord("a", logging.INFO, "", 1, "line", (), None))
    handler.close()


def test_the_log_of_the_program_goes_to_standard_error(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with logging_to_stderr("text"):
        logging.getLogger("recurra.serve").info("began")
        logging.getLogger("uvicorn.error").info("nothing of interest")
        logging.getLogger("uvicorn.error").warning("a request is no HTTP")
    logging.getLogger("recurra.serve").warning("after the end")
    assert [line.split(" ", 1)[1] for line in stream.getvalue().splitlines()] == [
        "info began",
        "warning a request is no HTTP",
    ]
