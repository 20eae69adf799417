"""All faults in their order, and the deliberate bugs that they must find."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from faults.findings import Harm
from faults.injections.crashes import CRASHES, crash_at
from faults.injections.kills import KILLS
from faults.installation import installation
from faults.trial import Fault, Row, Scale, trial

FAULTS: Mapping[str, Fault] = {fault.name: fault for fault in (KILLS, CRASHES)}

_BUGS = {"N1": "position-first", "N2": "pending-apart"}
CONTROLS: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("N1", "deliberate bug: position moved before the effect", crash_at("inside-effect")),
        Fault("N2", "deliberate bug: pending mark written after the statement", crash_at("after-commit")),
    )
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A row, and whether it is as it must be."""

    row: Row
    passed: bool


async def run(names: Sequence[str], scale: Scale, *, seed: int) -> AsyncIterator[Verdict]:
    """Each on a system of its own."""
    for name in names:
        if name in FAULTS:
            async with installation(copies=scale.copies, seed=seed) as made:
                row = await trial(FAULTS[name], made, scale)
            yield Verdict(row, passed=not row.findings)
        else:
            yield await control(name, scale, seed=seed)


async def control(name: str, scale: Scale, *, seed: int) -> Verdict:
    """With a deliberate bug in every process something must be found lost."""
    async with installation(copies=1, seed=seed, bugs=[_BUGS[name]]) as made:
        row = await trial(CONTROLS[name], made, scale)
    return Verdict(row, passed=row.count(Harm.LOST) > 0)
