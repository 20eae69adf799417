"""How far a replay is: a bar in a terminal, now and then a line in a log."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.console.replay.journal import Journal
from services.console.scenario.lives import Plan

_LINE_SECONDS = 5.0


class Shown(Protocol):
    """Is told what has been done."""

    def step(self, count: int) -> None:
        """So many more steps are done."""

    def day(self, day: date) -> None:
        """Business time has reached this day."""


class _Bar:
    def __init__(self, progress: Progress, steps: int, done: int) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=steps, completed=done)

    def step(self, count: int) -> None:
        self._progress.advance(self._task, count)

    def day(self, day: date) -> None:
        self._progress.update(self._task, description=f"{day:%a %d %b %Y}")


class Lines:
    """A line for a day that begins, and for what goes on in a long one; not more than one in 5 s."""

    def __init__(
        self, console: Console, steps: int, done: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console
        self._steps = steps
        self._done = done
        self._clock = clock
        self._began = clock()
        self._next = self._began
        self._day: date | None = None

    def step(self, count: int) -> None:
        self._done += count
        self._say()

    def day(self, day: date) -> None:
        self._day = day
        self._say()

    def _say(self) -> None:
        now = self._clock()
        if now < self._next or self._day is None:
            return
        self._next = now + _LINE_SECONDS
        line = f"{self._day:%a %d %b %Y}: {self._done:,} of {self._steps:,} steps, {now - self._began:.0f} s"
        self._console.print(line, highlight=False)


@contextmanager
def progress(made: Plan, journal: Journal, console: Console) -> Iterator[Shown]:
    """Shows how many of the plan's steps are done, those of an earlier start included."""
    steps = sum(len(life.steps) for life in made.lives)
    done = sum(progress.done for progress in journal.lives.values())
    if not console.is_terminal:
        yield Lines(console, steps, done)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, refresh_per_second=4) as bar:
        yield _Bar(bar, steps, done)
