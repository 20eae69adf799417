"""T07: the whole log comes again: twice, then shuffled, then one partition after the other."""

from collections.abc import Sequence
from random import Random

from faults.findings import Finding, Harm
from faults.installation import Installation
from faults.invariants.log_records import dossier_records
from faults.invariants.projections import everything_made_of_events
from faults.rest import at_rest
from faults.trial import Fault, Injected, Scale
from services.console.run_folder import LOG_VARIABLE
from shared.log.address import open_log
from shared.log.port import DOSSIER_STREAM, Record

_WINDOW = 1_000
_BATCH = 500
_PATIENCE_SECONDS = 300.0


async def _redeliver(made: Installation, _: Scale) -> Injected:
    records = [
        Record(each.key, each.value, {"sequence": str(each.sequence)})
        for each in await dossier_records(made.environment[LOG_VARIABLE])
        if each.event
    ]
    before = await everything_made_of_events(made.environment)
    findings = []
    orders = [records, records, _shuffled(records, made.seed), sorted(records, key=lambda each: each.key)]
    log = open_log(made.environment[LOG_VARIABLE])
    try:
        for order in orders:
            for start in range(0, len(order), _BATCH):
                await log.append(DOSSIER_STREAM, order[start : start + _BATCH])
            await at_rest(made.environment, made.clock, patience_seconds=_PATIENCE_SECONDS)
            after = await everything_made_of_events(made.environment)
            findings += [
                Finding("T07", Harm.DOUBLED, f"{table} is not what it was before the same events came again")
                for table in before
                if before[table] != after[table]
            ]
    finally:
        await log.close()
    return Injected(len(orders) * len(records), findings)


def _shuffled(records: Sequence[Record], seed: int) -> Sequence[Record]:
    """Within windows of 1,000."""
    random = Random(seed)
    windows = [list(records[start : start + _WINDOW]) for start in range(0, len(records), _WINDOW)]
    for window in windows:
        random.shuffle(window)
    return [record for window in windows for record in window]


REDELIVERY = Fault("T07", "everything delivered again", _redeliver, after_load=True)
