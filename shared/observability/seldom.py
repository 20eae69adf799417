"""Keeps a library from saying the same thing at every attempt."""

import logging
import time

_SECONDS = 60.0
_MOST_PLACES = 500


class Seldom(logging.Filter):
    """Lets each message of `library` pass once a minute, whatever stands in its places.

    A client that tries to reach a lost server several times a second would fill the disk with one event.
    """

    def __init__(self, library: str) -> None:
        super().__init__()
        self._library = library
        self._again_at: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] != self._library:
            return True
        now = time.monotonic()
        place = (record.name, str(record.msg))
        if now < self._again_at.get(place, 0):
            return False
        if len(self._again_at) >= _MOST_PLACES:
            self._again_at.clear()
        self._again_at[place] = now + _SECONDS
        return True
