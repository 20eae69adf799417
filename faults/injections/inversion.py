"""T06: transactions commit in another order than that in which they took their numbers and times."""

import asyncio

from faults.installation import Installation
from faults.invariants.facts import WRITERS
from faults.trial import Fault, Injected, Scale

# Deferred: it waits at the commit, when everything is written and nobody sees it.
_SLOW_COMMITS = """
CREATE FUNCTION commit_late() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF random() < 0.3 THEN PERFORM pg_sleep(2 * random()); END IF; RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER commit_late AFTER INSERT ON outbox_pending DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION commit_late()
"""
_QUICK_COMMITS = "DROP FUNCTION commit_late CASCADE"


async def _invert(made: Installation, scale: Scale) -> Injected:
    before = len(made.journal.calls)
    await _everywhere(made, _SLOW_COMMITS)
    await asyncio.sleep(2 * scale.seconds)
    await _everywhere(made, _QUICK_COMMITS)
    return Injected(len(made.journal.calls) - before)


async def _everywhere(made: Installation, statement: str) -> None:
    for service in WRITERS:
        async with made.database(service) as database:
            await database.execute(statement)


COMMIT_INVERSION = Fault("T06", "commits in another order", _invert)
