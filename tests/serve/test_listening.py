import re
import signal
import subprocess
import sys

import httpx


def test_a_server_listens_answers_and_stops_when_it_is_told_to(run):
    command = [sys.executable, "-m", "recurra", "serve", str(run), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            address = re.fullmatch(r"serving at (http://127\.0\.0\.1:\d+)\n", process.stderr.readline())[1]
            transport = httpx.HTTPTransport(retries=3)
            with httpx.Client(base_url=address, transport=transport, timeout=30) as client:
                while client.get("/health").status_code != 200:
                    pass
                answer = client.post("/v1/completions", json={"model": "fox", "prompt": "the ", "seed": 1})
                assert len(answer.json()["choices"][0]["text"]) == 16
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)
