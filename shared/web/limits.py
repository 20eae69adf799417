"""How often something may be tried."""

import time
from collections import OrderedDict

from shared.errors import TooManyAttemptsError

_MOST_KEYS = 100_000


class Attempts:
    """Counts attempts per key in a fixed window, in this process; the oldest keys are forgotten first."""

    def __init__(self, *, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def count(self, key: str) -> None:
        """Raises `TooManyAttemptsError` from the attempt on that is one too many."""
        now = time.monotonic()
        started, used = self._windows.get(key, (now, 0))
        if now - started >= self._seconds:
            started, used = now, 0
        if used >= self._most:
            raise TooManyAttemptsError(
                "too many attempts", retry_after_seconds=int(self._seconds - (now - started)) + 1
            )
        self._windows[key] = started, used + 1
        self._windows.move_to_end(key)
        if len(self._windows) > _MOST_KEYS:
            self._windows.popitem(last=False)
