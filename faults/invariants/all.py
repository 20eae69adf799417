"""All of them together."""

from faults.findings import Finding
from faults.installation import Installation
from faults.invariants.answers import connections_bounded, declared_failures_only
from faults.invariants.effects import acknowledged_once, codes_unique, documents_kept, entries_asked_for
from faults.invariants.facts import Facts, read_facts
from faults.invariants.figures import figures_recounted
from faults.invariants.leaks import (
    named_in_databases,
    named_in_files,
    named_in_metrics,
    named_in_records,
)
from faults.invariants.streams import in_order, same_events_everywhere


async def check_all(made: Installation) -> list[Finding]:
    """Everything that is wrong with a system at rest."""
    facts = await read_facts(made.environment)
    return [
        *_of_facts(made, facts),
        *await figures_recounted(made.environment, made.folder, made.balancer.choose("stats")),
        *await named_in_databases(made.environment),
        *await named_in_metrics(made.processes.pages.values()),
        *await connections_bounded(made.environment, copies=made.copies),
    ]


def _of_facts(made: Installation, facts: Facts) -> list[Finding]:
    journal = made.journal
    return [
        *acknowledged_once(journal, facts),
        *documents_kept(journal, made.folder.documents),
        *same_events_everywhere(facts),
        *in_order(facts),
        *codes_unique(journal, facts),
        *entries_asked_for(journal, facts),
        *named_in_files(made.folder.logs),
        *named_in_records(facts.records),
        *declared_failures_only(journal, made.load.surprises),
    ]
