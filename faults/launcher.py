"""The life of one process of the product, with what goes wrong in it.

The product knows nothing of this: what the plan asks for is put around its functions before it starts.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from faults import changes, crash_points
from faults.plans import Crash, PlanFile

_PR_SET_PDEATHSIG = 1
_EXIT_STATUS = 9


def live(plan: Path, log: Path, environment: Mapping[str, str], arguments: Sequence[str]) -> None:
    """Be `motcua` with `arguments`, in a process that was forked for it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setpgid(0, 0)  # Ctrl-C is for the suite, who stops everything in order
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for standard in (1, 2):
        os.dup2(descriptor, standard)
    os.environ.clear()
    os.environ.update(environment)
    _go_wrong(PlanFile(plan))
    from services.console.main import app

    app(list(arguments))


def _go_wrong(plan_file: PlanFile) -> None:
    # Crash points first: a change goes around them, so that they lie inside it.
    if crash := plan_file.take_crash():
        crash_points.arm(crash.point, _countdown(plan_file, crash))
    for change in plan_file.read().changes:
        changes.make(change)


def _countdown(plan_file: PlanFile, crash: Crash) -> crash_points.Passing:
    left = crash.nth

    def passing() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            plan_file.record_crash(crash)
            os._exit(_EXIT_STATUS)

    return passing
