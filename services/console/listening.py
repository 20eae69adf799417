"""Taking an address before anything else is done: what cannot be had is told at once."""

import socket

from services.console.failures import CommandError


class CannotListenError(CommandError):
    """The message says why and what to do."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; `port` 0 takes any free one. Raises `CannotListenError`.

    It is ours from now on: callers wait in its queue until somebody accepts them.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        message = f"port {port} cannot be used: {error.strerror}; choose another with --port"
        raise CannotListenError(message) from error
