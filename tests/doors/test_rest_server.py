"""The server as a process: its printed address, its port, its live events, its end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest


@pytest.fixture
def process(kozue_home):
    """Start ``kozue serve`` and return its process, address and token."""
    environment = {**os.environ, "KOZUE_HOME": str(kozue_home), "PYTHONUNBUFFERED": "1"}
    script = "import kozue_toys; from kozue.core.registry import get_registry; get_registry().add_module(kozue_toys)\n"
    script += "from kozue.doors.rest import serve; serve(port=0)"
    started = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment
    )
    line = started.stdout.readline()
    found = re.search(r"(http://127\.0\.0\.1:\d+)/\?token=([\w-]{20,})", line)
    assert found, line
    yield started, found.group(1), found.group(2)
    started.kill()
    started.wait(10)


def test_it_listens_where_it_says_streams_a_live_run_and_ends_when_told(process):
    started, address, token = process
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        assert httpx.get(f"{address}/api/runs").status_code == 401
        body = {"operation": "toy.length", "records": ["C"] * 96, "settings": {"seconds": 0.3}}
        run = client.post("/api/runs", json=body).json()["id"]
        states, kinds = [], []
        with client.stream("GET", f"/api/runs/{run}/events") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            for line in stream.iter_lines():
                if line.startswith("event: "):
                    kinds.append(line.removeprefix("event: "))
                if line.startswith("data: "):
                    states.append(json.loads(line.removeprefix("data: "))["state"])
    assert kinds[-1] == "end"
    assert states[-1] == "finished"
    assert "running" in states[:-1]
    assert kinds.count("status") >= 3
    began = time.monotonic()
    started.send_signal(signal.SIGINT)
    started.wait(10)
    assert time.monotonic() - began < 5


def test_who_goes_away_stops_the_work(process):
    _, address, token = process
    headers = {"Authorization": f"Bearer {token}"}
    slow = {"records": ["C"] * 900, "settings": {"seconds": 0.5}}  # 57 batches: half a minute
    for _ in range(2):
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{address}/api/toy/length", json=slow, headers=headers, timeout=1.0)
    began = time.monotonic()
    answer = httpx.post(f"{address}/api/toy/length", json={"records": ["CC"]}, headers=headers, timeout=30)
    assert answer.status_code == 200
    assert time.monotonic() - began < 8


def test_a_taken_port_is_said():
    from kozue.core.errors import InputError
    from kozue.doors.rest.server import listen

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match="cannot be used"):
            listen("127.0.0.1", taken.getsockname()[1])
