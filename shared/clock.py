"""The two clocks. They are passed in; nothing else reads the time.

The *business clock* stamps what happens to dossiers (`occurred_at`) and decides order, periods and as-of.
The *system clock* drives tokens, signatures, leases and retries. Both speak UTC.
"""

import mmap
import os
import struct
import time
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Protocol

# Vietnam has kept UTC+7 without summer time since 1975; a fixed offset needs no time zone database.
VIETNAM = timezone(timedelta(hours=7), "+07")
# Two machines of which one stamps a minute off cannot both write of one dossier. Held against the moment at
# which a statement came: no time that it waits is counted.
CLOCK_IS_OFF = "abs(extract(epoch FROM statement_timestamp() - CAST(:machine_time AS timestamptz))) > 60"
"""SQL: whether the system clock's `:machine_time` is more than a minute from the database's."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Clock(Protocol):
    """Tells the time, aware, in UTC, in whole microseconds."""

    def now(self) -> datetime:
        """The time now."""


class SystemClock:
    """The machine's clock. It is the business clock too wherever no simulation runs."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def local_date(moment: datetime) -> date:
    """The calendar day in Vietnam on which `moment` falls."""
    return moment.astimezone(VIETNAM).date()


def local_time(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """The UTC moment of a wall-clock time in Vietnam."""
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=VIETNAM).astimezone(UTC)


class SimulatedClock:
    """A business clock in a file of 8 bytes that several processes map.

    The word is read and written whole: its lowest bit says whether the clock runs, the others hold
    microseconds, of the business time since 1970 while it stands still, of its distance to the system time
    while it runs. Only the process that owns the simulation calls `set` and `run_on`; time never goes
    backwards.
    """

    _WORD = struct.Struct("<q")

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_size < self._WORD.size:
                os.ftruncate(descriptor, self._WORD.size)
            self._map = mmap.mmap(descriptor, self._WORD.size)
        finally:
            os.close(descriptor)

    def now(self) -> datetime:
        (word,) = self._WORD.unpack(self._map[:])
        microseconds = word >> 1
        if word & 1:
            microseconds += time.time_ns() // 1000
        return _EPOCH + timedelta(microseconds=microseconds)

    @property
    def is_set(self) -> bool:
        """Whether the simulation was ever started."""
        return any(self._map[:])

    def set(self, moment: datetime) -> None:
        """Stand still at `moment`. Raises `ValueError` for a step backwards."""
        if self.is_set and moment < self.now():
            message = f"the business clock never goes backwards: {moment} is before {self.now()}"
            raise ValueError(message)
        self._write((moment - _EPOCH) // _MICROSECOND, running=False)

    def run_on(self) -> None:
        """Go on from the present business time at normal pace."""
        self._write((self.now() - _EPOCH) // _MICROSECOND - time.time_ns() // 1000, running=True)

    def _write(self, microseconds: int, *, running: bool) -> None:
        self._map[:] = self._WORD.pack(microseconds << 1 | running)
        self._map.flush()


def business_clock(simulation: Path | None) -> Clock:
    """The simulated business clock in that file, or the machine's clock where nothing is simulated."""
    return SimulatedClock(simulation) if simulation else SystemClock()
