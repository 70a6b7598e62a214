"""The temporary server of a run without a Prefect server of its own.

The run opens the socket, on loopback and on a port that the system finds free, and keeps it.  The
server is a process (`pipelines.serve`) that is started when somebody asks, and again when it was
killed: who asks meanwhile waits, and nobody is refused.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from session_audio.errors import SessionAudioError

MOST_STARTS = 5
"""Starts in a row of servers that did not live for `STABLE`, after which no more are tried."""
STABLE = 60.0
"""Seconds for which a server lives whose end is not told by its start."""
PATIENCE = 600.0
"""Seconds in which a server has started, also on a machine that is fully taken."""
_TRY = 30.0
_LOOK = 0.2
"""Seconds between two looks whether the run is over, while nobody asks."""
_SERVED_HERE = {
    "PREFECT_UI_ENABLED": "0",
    "PREFECT__SERVER_EPHEMERAL": "1",
    "PREFECT__SERVER_FINAL": "1",
}
"""What Prefect gives a temporary server that it starts itself: no pages, few services."""


class TemporaryServer:
    """Prefect's server for this run alone, until `stop` or the end of this process."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/api"
        """Where it answers."""
        self._over = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()
        threading.Thread(target=self._serve, name="prefect", daemon=True).start()
        atexit.register(self.stop)

    def _serve(self) -> None:
        short = 0
        try:
            while short < MOST_STARTS and self._asked():
                began = time.monotonic()
                child = self._start()
                if child is None:
                    return
                child.wait()
                _close(child)
                short = short + 1 if time.monotonic() - began < STABLE else 0
        except OSError:  # no process can be started
            return
        finally:
            self._socket.close()  # whoever asks now is refused at once

    def _asked(self) -> bool:
        """Wait until somebody asks; False when the run is over."""
        while not self._over.is_set():
            if select.select([self._socket], [], [], _LOOK)[0]:
                return True
        return False

    def _start(self) -> subprocess.Popen[bytes] | None:
        """Start the process; None when the run is over."""
        paths = os.pathsep.join([str(Path(__file__).parents[1]), *(p for p in sys.path if p)])
        given = {k: v for k, v in os.environ.items() if k != "PREFECT_API_URL"}
        share = getattr(self._socket, "share", None)  # Windows knows no numbers of sockets
        with self._starting:
            if self._over.is_set():
                return None
            child = self._child = subprocess.Popen(
                [sys.executable, "-m", "pipelines.serve"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**given, **_SERVED_HERE, "PYTHONPATH": paths, "PYTHONSAFEPATH": "1"},
                pass_fds=() if share else (self._socket.fileno(),),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        number = self._socket.fileno()
        told = {"share": share(child.pid).hex()} if share else {"fileno": number}
        assert child.stdin is not None
        with suppress(OSError):  # it was killed already
            child.stdin.write(json.dumps(told).encode() + b"\n")
            child.stdin.flush()
        return child

    def begin(self) -> None:
        """Start it already; nobody waits for it."""
        with suppress(OSError):
            socket.create_connection(self._socket.getsockname(), _TRY).close()

    def wait(self) -> None:
        """Wait until it answers.

        Raises
        ------
        SessionAudioError
            When it does not come up.
        """
        over = time.monotonic() + PATIENCE
        while time.monotonic() < over:
            try:
                # Any answer will do, also that a secret is missing.
                urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                    f"{self.url}/health", timeout=_TRY
                ).close()
            except urllib.error.HTTPError:
                return
            except ConnectionRefusedError:
                break
            except OSError as error:
                if isinstance(getattr(error, "reason", None), ConnectionRefusedError):
                    break
            else:
                return
        raise unreachable()

    @property
    def pid(self) -> int | None:
        """The server's process; None where none was started yet."""
        return self._child.pid if self._child else None

    def stop(self) -> None:
        """End it at once; it is not asked, as it would complain of what this run left open."""
        self._over.set()
        with self._starting:
            child = self._child
        if child is not None:
            child.kill()
            child.wait()
            _close(child)


def unreachable() -> SessionAudioError:
    """What is told where Prefect's server does not answer."""
    return SessionAudioError(
        "Prefect's server on this machine cannot be reached",
        hint="Is there room and leave to write in PREFECT_HOME, or is PREFECT_API_URL right?",
    )


def _close(child: subprocess.Popen[bytes]) -> None:
    """Close our end of the pipe to a process that ended."""
    if child.stdin is not None:
        with suppress(OSError):
            child.stdin.close()
