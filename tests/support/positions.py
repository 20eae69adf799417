"""Positions as a consumer's database would keep them."""

from shared.log.port import Message, Position


class InMemoryPositions:
    """A `PositionStore` that tests move by hand. `epochs` lists the epochs it was asked for."""

    def __init__(self) -> None:
        self._next: dict[tuple[str, str, str, int], Position] = {}
        self.epochs: list[str] = []

    async def next_position(self, group: str, stream: str, epoch: str, partition: int) -> Position:
        self.epochs.append(epoch)
        return self._next.get((group, stream, epoch, partition), Position(0))

    def commit(self, group: str, epoch: str, message: Message) -> None:
        """The effects of everything up to `message` are committed."""
        self.set(group, message.stream, epoch, message.partition, message.position + 1)

    def set(self, group: str, stream: str, epoch: str, partition: int, position: int) -> None:
        self._next[group, stream, epoch, partition] = Position(position)
