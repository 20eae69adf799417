"""What is different in a process of the product from its start on: `name` or `name:argument`.

Each change is put around functions of the product, which knows nothing of it.
"""

from collections.abc import Callable, Mapping

from faults.bugs import pending_apart, position_first
from faults.clocks import skew
from faults.poison import mangle, stumble
from faults.releases import keep_more, tell_more


def make(change: str) -> None:
    """Change this process so. Raises `KeyError` for an unknown change."""
    name, _, argument = change.partition(":")
    _CHANGES[name](argument)


_CHANGES: Mapping[str, Callable[[str], None]] = {
    "clock": skew,
    "keep-more": keep_more,
    "mangle": mangle,
    "pending-apart": pending_apart,
    "position-first": position_first,
    "stumble": stumble,
    "tell-more": tell_more,
}
