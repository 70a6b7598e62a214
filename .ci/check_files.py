"""Files as a repository wants them: text ends in one newline, and none is over 20 MB.

    python .ci/check_files.py [FILE ...]

Without files, all that git knows.  Names what is wrong and exits with 1; changes nothing.
What ships in ``models/`` is written by training and stays as it is.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LARGEST = 20_000_000
SHIPPED = "models/"


def fault(path: Path) -> str | None:
    """What is wrong with a file, or None."""
    if not path.is_file() or path.is_symlink():
        return None
    if path.stat().st_size > LARGEST:
        return f"is over {LARGEST // 1_000_000} MB"
    held = path.read_bytes()
    if not held or b"\0" in held[:8192]:
        return None
    if not held.endswith(b"\n"):
        return "does not end in a newline"
    return "ends in empty lines" if held.endswith((b"\n\n", b"\r\n\r\n")) else None


def main() -> None:
    """Look at each file."""
    names = sys.argv[1:]
    if not names:
        command = ["git", "ls-files", "-z"]
        listed = subprocess.run(command, check=True, capture_output=True, text=True)
        names = [name for name in listed.stdout.split("\0") if name]
    own = [name for name in names if not name.startswith(SHIPPED)]
    found = [f"{name} {wrong}" for name in own if (wrong := fault(Path(name)))]
    sys.exit("\n".join(found) or None)


if __name__ == "__main__":
    main()
