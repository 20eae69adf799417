"""T10, T11: events come to the log that nobody can read, a reaction has a bug, and nothing can be parked."""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from faults.findings import Finding, Harm
from faults.installation import Installation
from faults.invariants.facts import WRITERS
from faults.invariants.log_records import LogRecord, Since, dossier_records
from faults.poison import KINDS, WRONG
from faults.processes import Name
from faults.trial import Fault, Injected, Scale
from services.console.run_folder import LOG_VARIABLE
from shared.consumer.parking import drop, parked_events, replay
from shared.database import create_engine
from shared.journal.writer import BUCKETS
from shared.log.port import DOSSIER_STREAM
from shared.variables import SERVICES, database_variable

_PATIENCE_SECONDS = 90.0
_LOOK_SECONDS = 0.3
_STUMBLES = 2
# The others pass over payloads of events that mean nothing to them.
_READS_EVERYTHING = "intake"
_GOES_ON_SECONDS = 20.0
# A relay that was told to end finishes its batch.
_LAST_WORDS_SECONDS = 2.0
_PARKED = (
    "SELECT subject, sequence, partition, position, raw, error FROM parked_event WHERE dropped_at IS NULL"
)
_REACHED = "SELECT subject, last_sequence FROM consumed WHERE subject = ANY($1::text[])"
_TAKEN = "SELECT sum(last_sequence) FROM consumed WHERE subject LIKE '%-%' AND subject <> ALL($1::text[])"
_WHOLE_AGAIN = f"""
INSERT INTO outbox_pending (bucket, stream, subject, sequence)
SELECT crc32(convert_to(code, 'UTF8')) % {BUCKETS}, '{DOSSIER_STREAM}', code, sequence FROM history
JOIN unnest($1::text[], $2::int[]) AS broken (code, sequence) USING (code, sequence)
ON CONFLICT DO NOTHING
"""  # noqa: S608 - our own words
_NO_ROOM = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'there is no room' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER no_room BEFORE INSERT ON parked_event FOR EACH ROW EXECUTE FUNCTION no_room()
"""
_ROOM = "DROP FUNCTION no_room CASCADE"
_POSITIONS = f"""
SELECT partition, next_position FROM consumer_position WHERE stream = '{DOSSIER_STREAM}' AND group_name = $1
"""  # noqa: S608 - our own words


async def _poison(made: Installation, _: Scale) -> Injected:
    broken = await _broken_on_their_way(made, KINDS)
    findings = [_too_few(made, KINDS, broken)]
    findings += [await _parked_by(made, service, broken) for service in SERVICES]
    findings.append(await _goes_on_beside(made, broken, SERVICES))
    ended = await _stumble(made)
    await _mend(made, broken)
    stumbled = sum(ended.values())
    if min(ended.values()) < _STUMBLES:
        findings.append([Finding("T10", Harm.OTHER, f"a bug did not end everybody: {ended}")])
    return Injected(
        len(broken) + stumbled,
        [each for found in findings for each in found],
        note=f"{len(broken)} broken events in {len(KINDS)} ways; the bug ended a worker {stumbled} times",
    )


async def _refuse_to_park(made: Installation, _: Scale) -> Injected:
    async with made.database("stats") as database:
        await database.execute(_NO_ROOM)
        broken = await _broken_on_their_way(made, KINDS[:1])
        others = [service for service in SERVICES if service != "stats"]
        findings = [
            *_too_few(made, KINDS[:1], broken),
            *await _goes_on_beside(made, broken, others),
            *await _waits_where_it_is(made, broken),
        ]
        await database.execute(_ROOM)
    findings += [each for service in SERVICES for each in await _parked_by(made, service, broken)]
    await _mend(made, broken)
    return Injected(len(broken), findings)


async def _broken_on_their_way(made: Installation, kinds: Sequence[str]) -> Sequence[LogRecord]:
    """Every relay breaks an event of each kind and is whole again; what came to the log of it."""
    relays = _relays(made)
    ends = {each.partition: each.position + 1 for each in await _records(made)}
    made.processes.change(relays, f"mangle:{','.join(kinds)}")
    expected = len(kinds) * len(relays)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        await asyncio.sleep(_LOOK_SECONDS)
        if len(await _unreadable(made, ends)) >= expected:
            break
    made.processes.change(relays)
    await asyncio.sleep(_LAST_WORDS_SECONDS)
    return await _unreadable(made, ends)


def _relays(made: Installation) -> Sequence[Name]:
    return [name for service in WRITERS for name in made.processes.of("worker", service)]


def _too_few(made: Installation, kinds: Sequence[str], broken: Sequence[LogRecord]) -> list[Finding]:
    """Where the load was too small for every relay to meet as many dossiers."""
    expected = len(kinds) * len(_relays(made))
    what = f"{len(broken)} of {expected} events were broken"
    return [Finding("T10", Harm.OTHER, what)] if len(broken) < expected else []


async def _records(made: Installation, since: Since = MappingProxyType({})) -> Sequence[LogRecord]:
    return await dossier_records(made.environment[LOG_VARIABLE], since)


async def _unreadable(made: Installation, since: Since) -> Sequence[LogRecord]:
    return [record for record in await _records(made, since) if record.event is None]


async def _parked_by(made: Installation, service: str, broken: Sequence[LogRecord]) -> list[Finding]:
    """Whether the service has put all of them aside, each with its place and a reason."""
    expected = {
        (each.key, each.sequence, each.partition, each.position, each.value)
        for each in broken
        if service == _READS_EVERYTHING or WRONG not in each.value
    }
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        async with made.database(service) as database:
            rows = await database.fetch(_PARKED)
        missing = expected - {tuple(row)[:-1] for row in rows}
        if not missing or time.monotonic() > deadline:
            break
        await asyncio.sleep(_LOOK_SECONDS)
    return [
        *(Finding("T10", Harm.LOST, f"{service} has not parked {each[0]}/{each[1]}") for each in missing),
        *(
            Finding("T10", Harm.OTHER, f"{service} parked {row['subject']} without a reason")
            for row in rows
            if not row["error"]
        ),
    ]


async def _goes_on_beside(
    made: Installation, broken: Sequence[LogRecord], services: Collection[str]
) -> list[Finding]:
    """Whether these services take in what happens to other dossiers."""
    before = {service: await _taken(made, service, broken) for service in services}
    deadline = time.monotonic() + _GOES_ON_SECONDS
    while standing := [name for name in services if await _taken(made, name, broken) <= before[name]]:
        if time.monotonic() > deadline:
            return [Finding("T10", Harm.OTHER, f"{name} stands still") for name in standing]
        await asyncio.sleep(_LOOK_SECONDS)
    return []


async def _taken(made: Installation, service: str, broken: Sequence[LogRecord]) -> int:
    async with made.database(service) as database:
        return await database.fetchval(_TAKEN, [each.key for each in broken]) or 0


async def _waits_where_it_is(made: Installation, broken: Sequence[LogRecord]) -> list[Finding]:
    """Whether statistics stand before what they cannot park, and read on in every other partition."""
    first: dict[int, int] = {}
    for each in broken:
        first.setdefault(each.partition, each.position)
    ends = {each.partition: each.position for each in await _records(made)}
    deadline = time.monotonic() + _GOES_ON_SECONDS
    while True:
        async with made.database("stats") as database:
            reached = {row[0]: row[1] for row in await database.fetch(_POSITIONS, "stats")}
        behind = [number for number in ends.keys() - first.keys() if reached.get(number, 0) <= ends[number]]
        if not behind or time.monotonic() > deadline:
            break
        await asyncio.sleep(_LOOK_SECONDS)
    return [
        *(Finding("T11", Harm.OTHER, f"partition {number} waits for others") for number in behind),
        *(
            Finding("T11", Harm.LOST, f"partition {number} was read past what could not be parked")
            for number, position in first.items()
            if reached.get(number, 0) > position
        ),
    ]


async def _stumble(made: Installation) -> Mapping[str, int]:
    """Statistics end loudly again and again, and the others do not notice; says how often each did."""
    workers = made.processes.of("worker", "stats")
    before = {name: made.processes.ends[name].count(1) for name in workers}
    made.processes.change(workers, "stumble")
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        ended = {str(name): made.processes.ends[name].count(1) - before[name] for name in workers}
        if min(ended.values()) >= _STUMBLES:
            break
        await asyncio.sleep(_LOOK_SECONDS)
    made.processes.change(workers)
    return ended


async def _mend(made: Installation, broken: Sequence[LogRecord]) -> None:
    """The broken events are sent again, whole. What was parked is tried again, and else given up."""
    codes, sequences = [each.key for each in broken], [each.sequence for each in broken]
    for service in WRITERS:
        async with made.database(service) as database:
            await database.execute(_WHOLE_AGAIN, codes, sequences)
    for service in SERVICES:
        await _until_taken(made, service, broken)
        engine = create_engine(
            made.environment[database_variable(service)], application_name="faults", connections=1
        )
        try:
            for code in {each.subject for each in await parked_events(engine, service)}:
                await replay(engine, service, code)
            for left in await parked_events(engine, service):
                await drop(engine, service, left.subject, because="sent again, whole")
        finally:
            await engine.dispose()


async def _until_taken(made: Installation, service: str, broken: Sequence[LogRecord]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    wanted = {each.key: each.sequence for each in broken}
    while time.monotonic() < deadline:
        async with made.database(service) as database:
            taken = {row[0]: row[1] for row in await database.fetch(_REACHED, list(wanted))}
        if all(taken.get(code, 0) >= sequence for code, sequence in wanted.items()):
            return
        await asyncio.sleep(_LOOK_SECONDS)


POISON = Fault("T10", "events that nobody can read", _poison)
PARKING_REFUSED = Fault("T11", "nothing can be parked", _refuse_to_park)
