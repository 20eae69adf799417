"""Children that end when their parent does, however it ended."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def die_with_parent(signal_number: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn`: the child gets the signal when the thread that started it ends, or its whole process.

    Linux only. Elsewhere None: there a child of a killed parent lives on, and the folder's lock names it.
    """
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None, use_errno=True)  # loaded before the fork: the child must not allocate
    parent = os.getpid()

    def ask_the_kernel() -> None:
        library.prctl(_PR_SET_PDEATHSIG, int(signal_number))
        if os.getppid() != parent:  # it died in between
            os._exit(1)

    return ask_the_kernel
