"""Sharing whole numbers out: by weight, and over a table of which only some cells may be filled."""

from collections import deque
from collections.abc import Hashable, Sequence


class CannotShareError(Exception):
    """More is to be shared out than there is room for; `left` is what found no place."""

    def __init__(self, left: int) -> None:
        super().__init__(f"{left} find no place")
        self.left = left


def share_out(amount: int, weights: Sequence[int], room: Sequence[int] | None = None) -> list[int]:
    """`amount` in whole parts by weight, largest remainders first, none larger than its room.

    Raises `CannotShareError`.
    """
    rooms = list(room) if room is not None else [amount] * len(weights)
    parts = [0] * len(weights)
    open_parts = [i for i, weight in enumerate(weights) if weight]
    left = amount
    while left:
        open_parts = [i for i in open_parts if parts[i] < rooms[i]]
        if not open_parts:
            raise CannotShareError(left)
        whole = sum(weights[i] for i in open_parts)
        shares = {i: divmod(left * weights[i], whole) for i in open_parts}
        full = [i for i, (share, _) in shares.items() if share > rooms[i] - parts[i]]
        if not full:
            rest = left - sum(share for share, _ in shares.values())
            by_remainder = sorted(open_parts, key=lambda i: -shares[i][1])
            for i in open_parts:
                parts[i] += shares[i][0]
            # A part that is full to the brim cannot take its remainder; the next round finds another.
            takers = [i for i in by_remainder if parts[i] < rooms[i]][:rest]
            for i in takers:
                parts[i] += 1
        for i in full:
            parts[i] = rooms[i]
        left = amount - sum(parts)
    return parts


class Table:
    """Rows with what they give, columns with what they take, and the cells through which it may go.

    A maximum flow: what was filled by preference is moved aside where that is the only way.
    """

    _SOURCE, _SINK = ("source",), ("sink",)

    def __init__(self) -> None:
        self._room: dict[Hashable, dict[Hashable, int]] = {}

    def give(self, row: Hashable, amount: int, through: Hashable | None = None) -> None:
        """`row` gives `amount`; what several rows give `through` one group is bounded by the group."""
        self._add(self._SOURCE if through is None else ("group", through), ("row", row), amount)

    def group(self, name: Hashable, amount: int) -> None:
        """Rows that give through the group give `amount` in all."""
        self._add(self._SOURCE, ("group", name), amount)

    def take(self, column: Hashable, amount: int) -> None:
        """`column` takes `amount`."""
        self._add(("column", column), self._SINK, amount)

    def allow(self, row: Hashable, column: Hashable, amount: int) -> None:
        """Up to `amount` may go from `row` to `column`."""
        self._add(("row", row), ("column", column), amount)

    def fill(self) -> int:
        """Move as much as the cells let through; says how much that was."""
        moved = 0
        while path := self._path():
            step = min(self._room[a][b] for a, b in path)
            for a, b in path:
                self._room[a][b] -= step
                self._room[b][a] += step
            moved += step
        return moved

    def moved(self, row: Hashable, column: Hashable) -> int:
        """What went from `row` to `column`."""
        return self._room.get(("column", column), {}).get(("row", row), 0)

    def _add(self, a: Hashable, b: Hashable, amount: int) -> None:
        forward, backward = self._room.setdefault(a, {}), self._room.setdefault(b, {})
        forward[b] = forward.get(b, 0) + amount
        backward.setdefault(a, 0)

    def _path(self) -> list[tuple[Hashable, Hashable]]:
        """A shortest way from source to sink on which there is room."""
        came_from: dict[Hashable, Hashable] = {self._SOURCE: self._SOURCE}
        queue: deque[Hashable] = deque([self._SOURCE])
        while queue and self._SINK not in came_from:
            here = queue.popleft()
            for there, room in self._room.get(here, {}).items():
                if room and there not in came_from:
                    came_from[there] = here
                    queue.append(there)
        if self._SINK not in came_from:
            return []
        path: list[tuple[Hashable, Hashable]] = []
        node: Hashable = self._SINK
        while node != self._SOURCE:
            path.append((came_from[node], node))
            node = came_from[node]
        return path
