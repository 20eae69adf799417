"""The PostgreSQL of an installation."""

import os

from faults.threads import OwnThread
from services.console.embedded_postgres import EmbeddedPostgres


class Server:
    """Started and ended again and again."""

    def __init__(self, embedded: EmbeddedPostgres) -> None:
        self.embedded = embedded
        self._thread = OwnThread()

    @property
    def running_pid(self) -> int:
        """Of a server that runs."""
        pid = self.embedded.pid
        assert pid is not None  # noqa: S101 - whoever asks has started it
        return pid

    @property
    def ended(self) -> bool:
        """Whether a server that was started has ended by itself, and nobody has cleaned up after it yet."""
        pid = self.embedded.pid
        if pid is None:
            return True
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    async def start(self) -> None:
        """Return when it takes connections."""
        await self._thread.run(self.embedded.start)

    async def stop(self) -> None:
        """Clean up after it, however it ended."""
        await self._thread.run(self.embedded.stop)
