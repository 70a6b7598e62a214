"""``python -m session_audio`` is the command line."""

from session_audio.cli import main

main(prog_name="session-audio")
