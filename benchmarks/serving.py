"""Starts a process of `benchmarks.serving_process`, and ends it."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping


@contextlib.asynccontextmanager
async def served(kind: str, environment: Mapping[str, str]) -> AsyncIterator[str]:
    """The address at which the application of `kind` answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1024)
        descriptor = listener.fileno()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.serving_process", kind, str(descriptor)),
            env=dict(os.environ) | dict(environment),
            pass_fds=[descriptor],
        )
        try:
            # A call waits in the socket's queue until the process takes it.
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            process.terminate()
            await process.wait()
