"""All faults in their order, and the deliberate bugs that they must find."""

import traceback
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from faults.disks import CannotMountError
from faults.findings import Finding, Harm
from faults.injections.brokers import BROKERS_IN_TURN
from faults.injections.clocks import WRONG_CLOCKS
from faults.injections.crashes import CRASHES, crash_at
from faults.injections.databases import CONNECTIONS_CUT, SERVER_CRASHES
from faults.injections.disks import FULL_DISKS
from faults.injections.inversion import COMMIT_INVERSION
from faults.injections.kills import KILLS
from faults.injections.left_open import LEFT_OPEN
from faults.injections.log_away import LOG_AWAY
from faults.injections.log_lost import LOG_LOST
from faults.injections.membership import BLOCKED_LOOP, MEMBERSHIP_STORM
from faults.injections.migrations import ONLINE_MIGRATION
from faults.injections.overload import OVERLOAD
from faults.injections.poison import PARKING_REFUSED, POISON
from faults.injections.rebuilds import REBUILDS
from faults.injections.redelivery import REDELIVERY
from faults.injections.releases import TWO_RELEASES
from faults.injections.slow_reports import SLOW_REPORTS
from faults.injections.stops import ROLLING_RESTART
from faults.injections.timers import TIMERS_AWAY
from faults.installation import installation
from faults.trial import Fault, Row, Scale, trial
from services.console.kafka.distribution import KafkaMissingError

FAULTS: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (
        KILLS,
        CRASHES,
        LOG_AWAY,
        BROKERS_IN_TURN,
        LOG_LOST,
        SERVER_CRASHES,
        CONNECTIONS_CUT,
        COMMIT_INVERSION,
        REDELIVERY,
        POISON,
        PARKING_REFUSED,
        MEMBERSHIP_STORM,
        BLOCKED_LOOP,
        ROLLING_RESTART,
        REBUILDS,
        FULL_DISKS,
        WRONG_CLOCKS,
        OVERLOAD,
        SLOW_REPORTS,
        LEFT_OPEN,
        TWO_RELEASES,
        ONLINE_MIGRATION,
        # Last: after a month nobody can go on with what they had begun.
        TIMERS_AWAY,
    )
}

IN_POSTGRES = [name for name, fault in FAULTS.items() if not fault.needs_kafka]
IN_KAFKA = ("T01", "T02", "T03", "T03b", "T04", "T07", "T12", "T14")
"""What the log has a part in."""

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
    skipped: bool = False
    """This machine cannot do it; the row's note says why."""


async def run(names: Sequence[str], scale: Scale, *, seed: int, kafka: bool) -> AsyncIterator[Verdict]:
    """Each on a system of its own, with the log in Kafka or in PostgreSQL."""
    for name in names:
        try:
            yield await (check if name in FAULTS else control)(name, scale, seed=seed, kafka=kafka)
        except Exception as error:  # noqa: BLE001 - told, and it counts; the others are run all the same
            fault = FAULTS.get(name) or CONTROLS[name]
            what = "".join(traceback.format_exception(error))
            findings = [Finding("the suite", Harm.OTHER, what)]
            yield Verdict(Row(name, fault.title, "", 0, 0, 0, 0, findings), passed=False)


async def check(name: str, scale: Scale, *, seed: int, kafka: bool = False) -> Verdict:
    """Nothing may be found."""
    fault = FAULTS[name]
    try:
        async with installation(
            copies=scale.copies, seed=seed, kafka=kafka, small_disks=fault.small_disks
        ) as made:
            row = await trial(fault, made, scale)
    except (CannotMountError, KafkaMissingError) as why:
        return Verdict(Row(name, fault.title, "", 0, 0, 0, 0, note=str(why)), passed=True, skipped=True)
    return Verdict(row, passed=not row.findings)


async def control(name: str, scale: Scale, *, seed: int, kafka: bool = False) -> Verdict:
    """With a deliberate bug in every process something must be found lost."""
    async with installation(copies=1, seed=seed, kafka=kafka, bugs=[_BUGS[name]]) as made:
        row = await trial(CONTROLS[name], made, scale)
    return Verdict(row, passed=row.count(Harm.LOST) > 0)
