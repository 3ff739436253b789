"""``thomas-test app``: the page for this computer alone, at an address that stays."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from app import server

ROOT = Path(__file__).parents[1]


def test_the_app_has_the_same_address_each_time_unless_it_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a browser keeps for one port is out of reach at another."""
    with socket.create_server((server.LOOPBACK, 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setattr(server, "APP_PORT", port)
    with server.local_place() as first:
        assert first.getsockname() == (server.LOOPBACK, port)
        with server.local_place() as second:
            assert second.getsockname()[0] == server.LOOPBACK
            assert second.getsockname()[1] != port
    with server.local_place() as again:
        assert again.getsockname()[1] == port


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGHUP], ids=["ctrl-c", "closed window"])
def test_the_app_opens_the_page_and_ends(tmp_path: Path, end: signal.Signals) -> None:
    opened, script = tmp_path / "opened", tmp_path / "browser"
    os.mkfifo(opened)
    script.write_text(f'#!/bin/sh\necho "$1" > "{opened}"\n')
    script.chmod(0o755)
    with subprocess.Popen(
        [sys.executable, "-c", "from app.cli import main; main()", "app"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "BROWSER": f"{script} %s"},
        cwd=ROOT,
    ) as process:
        try:
            address = opened.read_text("utf-8").strip()  # waits for the browser
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
            assert httpx.get(address).status_code == 200
        finally:
            workers = psutil.Process(process.pid).children()
            process.send_signal(end)
        _, said = process.communicate(timeout=60)
    assert address in said
    assert "Traceback" not in said
    assert workers
    assert psutil.wait_procs(workers, timeout=60)[1] == []
