"""The decoding process: does one piece of work after the other until its input ends.

Started by `sound.process`.  A message is its length in four bytes and a pickle; what comes
in is ``(module, function, arguments, keys)``, what goes out ``("progress", share)``,
``("done", value, "")`` or ``("error", exception, text)``.
"""

from __future__ import annotations

import importlib
import os
import pickle
import queue
import signal
import sys
import threading
import traceback
from typing import IO, Any

from session_audio.encryption import covered
from session_audio.errors import SessionAudioError


def send(file: IO[bytes], message: object) -> None:
    """Write one message."""
    data = pickle.dumps(message)
    file.write(len(data).to_bytes(4, "big") + data)
    file.flush()


def receive(file: IO[bytes]) -> Any:
    """Read one message; None at the end, also in the middle of one."""
    head = file.read(4)
    if len(head) < 4:
        return None
    size = int.from_bytes(head, "big")
    data = file.read(size)
    return pickle.loads(data) if len(data) == size else None


def serve() -> None:
    """Work until the input ends: then whoever started this is gone, and nothing is finished."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one ends it
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no reply

    def progress(share: float) -> None:
        send(replies, ("progress", share))

    asked: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    while True:
        module, function, arguments, keys = asked.get()
        reply: tuple[str, object, str]
        covered.borrow(keys)
        try:
            work = getattr(importlib.import_module(module), function)
            reply = ("done", work(*arguments, progress=progress), "")
        except (SessionAudioError, MemoryError, OSError) as error:
            reply = ("error", _plain(error), "")
        except Exception as error:
            text = "".join(traceback.format_exception(error))
            reply = ("error", RuntimeError(f"{type(error).__name__} while decoding"), text)
        send(replies, reply)


def _listen(asked: queue.SimpleQueue[Any]) -> None:
    """Pass on what is asked; end the process with the input, also in the middle of work."""
    while (message := receive(sys.stdin.buffer)) is not None:
        asked.put(message)
    os._exit(0)


def _plain(error: Exception) -> Exception:
    """The error without what cannot be sent."""
    if isinstance(error, OSError):
        return OSError(error.errno, error.strerror)
    if isinstance(error, MemoryError):
        return MemoryError()
    return error


if __name__ == "__main__":
    serve()
