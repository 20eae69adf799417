"""How a command says that it cannot do what was asked."""


class CommandError(Exception):
    """The message says why and what to do; it is all that is printed, and `status` is the exit status."""

    def __init__(self, message: str, *, status: int = 1) -> None:
        super().__init__(message)
        self.status = status
