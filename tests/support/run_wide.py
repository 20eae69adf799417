"""What is started once for a whole run, however many worker processes it has."""

import contextlib
import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path


@contextlib.contextmanager
def started_once(
    folder: Path, *, is_up: Callable[[], bool], start: Callable[[], None], stop: Callable[[], None]
) -> Iterator[None]:
    """Started by the worker that asks first; stopped by it, and `folder` removed, when all have ended."""
    folder.mkdir(mode=0o711, exist_ok=True)
    with (folder / "users").open("w") as users:
        with locked(folder / "start"):
            fcntl.flock(users, fcntl.LOCK_SH)
            started = not is_up()
            if started:
                start()
        try:
            yield
        finally:
            if started:
                fcntl.flock(users, fcntl.LOCK_EX)  # the other workers have ended their tests
                stop()
                shutil.rmtree(folder)


def run_folder(testrun_uid: str, name: str) -> Path:
    """A folder that all workers of the run know by `name`."""
    # Not below pytest's own folder: that is 0700, and root's PostgreSQL runs as somebody else.
    return Path(tempfile.gettempdir()) / f"motcua-test-{testrun_uid}-{name}"


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """One worker at a time."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
