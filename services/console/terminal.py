"""Where commands print tables."""

import sys

from rich.console import Console

_UNLIMITED = 10_000


def console() -> Console:
    """Writes to stdout. Where that is no terminal, lines are as long as they are: none is wrapped or cut."""
    return Console() if sys.stdout.isatty() else Console(width=_UNLIMITED, force_terminal=False)
