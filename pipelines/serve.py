"""Prefect's temporary server as a process: it serves one run, and ends when that run does.

Its socket was opened by the run and is handed over, so no two runs ever share a server.  Its
standard input is a pipe that the run holds open: however the run ends, the pipe does too.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from typing import Any

APP = "prefect.server.api.server:create_app"


def main() -> None:
    """Serve on the socket that the first line of standard input tells of."""
    given = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_the_run, name="run", daemon=True).start()
    listening = _socket(given)
    import uvicorn  # a second or more: the run may have ended meanwhile

    config = uvicorn.Config(APP, factory=True, log_level="critical", lifespan="on")
    uvicorn.Server(config).run(sockets=[listening])


def _end_with_the_run() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def _socket(given: dict[str, Any]) -> socket.socket:
    """The run's socket: by its number, or on Windows as the system shares it."""
    if "fileno" in given:
        return socket.socket(fileno=given["fileno"])
    received: socket.socket = getattr(socket, "fromshare")(bytes.fromhex(given["share"]))  # noqa: B009
    return received


if __name__ == "__main__":
    main()
