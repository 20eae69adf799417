"""Whether whoever reads from a log still holds messages whose effects it has not committed."""

from collections.abc import Sequence

from shared.log.port import Message


class InHand:
    """Follows the answers of one subscription's `fetch`.

    A caller that gets an empty answer commits what it holds before it fetches again, so partitions may change
    hands once an answer was empty and another one is asked for.
    """

    def __init__(self) -> None:
        self.anything = False
        """Whether there may be something."""
        self._answered_empty = False

    def asked(self) -> bool:
        """The caller fetches; whether it may still hold something."""
        if self._answered_empty:
            self.anything = False
        return self.anything

    def answered(self, messages: Sequence[Message]) -> Sequence[Message]:
        """The answer it gets, as it is."""
        self._answered_empty = not messages
        self.anything = self.anything or bool(messages)
        return messages
