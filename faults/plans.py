"""What one process is to do wrong, in a file that the process reads when it starts.

Several can be wrong with a process in its next lives: each start takes the first crash that is left.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Crash:
    """End without a word when `point` is passed for the nth time."""

    point: str
    nth: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Nothing goes wrong in a process without one."""

    crashes: Sequence[Crash] = ()
    changes: Sequence[str] = ()
    """What is different in every life; see `faults.changes`."""


@dataclass(frozen=True, slots=True)
class PlanFile:
    """The plan of one process. Only the suite writes it, but for the crashes that are taken."""

    path: Path
    happened: Path = field(init=False)
    """A line for every crash, written right before it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "happened", self.path.with_suffix(".happened"))

    def write(self, plan: Plan) -> None:
        """Hold from the next start on."""
        draft = self.path.with_suffix(".new")
        draft.write_text(json.dumps(asdict(plan)))
        draft.rename(self.path)

    def read(self) -> Plan:
        """The plan; none where nothing was ever written."""
        if not self.path.exists():
            return Plan()
        document = json.loads(self.path.read_text())
        return Plan([Crash(**each) for each in document["crashes"]], document["changes"])

    def take_crash(self) -> Crash | None:
        """The crash of this life, which is none of the next one's."""
        plan = self.read()
        if not plan.crashes:
            return None
        self.write(Plan(plan.crashes[1:], plan.changes))
        return plan.crashes[0]

    def crashed(self) -> int:
        """How often it did."""
        return len(self.happened.read_text().splitlines()) if self.happened.exists() else 0

    def record_crash(self, crash: Crash) -> None:
        """Written whole, whatever happens next."""
        descriptor = os.open(self.happened, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(descriptor, f"{crash.point} {crash.nth}\n".encode())
        os.close(descriptor)
