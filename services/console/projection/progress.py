"""How far a long command is: a bar in a terminal, now and then a line in a log. Never on stdout."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

_LINE_SECONDS = 5.0

Tell = Callable[[str, int, int | None], None]
"""Is told what is being done, how far it is, and how much there is where that is known."""


@contextmanager
def shown() -> Iterator[Tell]:
    """Shows what it is told on stderr."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(console)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, refresh_per_second=4) as progress:
        task = progress.add_task("", total=None)

        def tell(doing: str, done: int, total: int | None) -> None:
            progress.update(task, description=doing, completed=done, total=total)

        yield tell


def _lines(console: Console) -> Tell:
    last = ""
    due = 0.0

    def tell(doing: str, done: int, total: int | None) -> None:
        nonlocal last, due
        now = time.monotonic()
        if doing == last and now < due:
            return
        last, due = doing, now + _LINE_SECONDS
        console.print(doing if total is None else f"{doing}: {done:,} of {total:,}", highlight=False)

    return tell
