"""The three applications on a real socket, for what wants to speak HTTP to them from outside."""

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import uvicorn

from services.console.gateway import Gateway
from services.console.http_protocol import BoundedHttpProtocol
from services.console.service_parts import applications
from shared.settings import BaseServiceSettings


@contextmanager
def serving_live(settings: Mapping[str, BaseServiceSettings]) -> Iterator[str]:
    """The address on which the applications answer, in a thread of this process."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        Gateway(applications(settings)),
        http=BoundedHttpProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
