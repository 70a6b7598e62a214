"""Cuts the network of a test's process: anything beyond loopback is refused and noted.

Loaded by Python at its start, from PYTHONPATH; child processes inherit it.
"""

import os
import sys
from pathlib import Path

_LOCAL = ("127.", "::1", "localhost", "0.0.0.0")


def _guard(event, args):
    if event in ("socket.connect", "socket.sendto", "socket.bind"):
        address = args[1]
        if not isinstance(address, tuple):
            return  # a Unix socket: on this machine
        host = str(address[0])
        allowed = host.startswith(_LOCAL) and not (event == "socket.bind" and host == "0.0.0.0")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = str(args[0])
        allowed = args[0] is None or host.startswith(_LOCAL) or host == os.uname().nodename
    else:
        return
    if not allowed:
        with Path(os.environ["NETWORK_GUARD_LOG"]).open("a") as log:
            log.write(f"{event} {host}\n")
        raise PermissionError(f"the network is cut: {event}")


if "NETWORK_GUARD_LOG" in os.environ:
    sys.addaudithook(_guard)
