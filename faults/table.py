"""What was found, as a table and line by line."""

from collections.abc import Iterator, Sequence

from rich.table import Table

from faults.findings import Harm
from faults.suite import CONTROLS, Verdict

_MOST_SHOWN = 20


def table(verdicts: Sequence[Verdict]) -> Table:
    """A line for each fault."""
    made = Table(title="Faults under load")
    for heading in ("", "fault", "log"):
        made.add_column(heading)
    for heading in ("injections", "operations", "lost", "doubled", "other", "recovery", "in all"):
        made.add_column(heading, justify="right")
    made.add_column("")
    made.add_column("measured")
    for verdict in verdicts:
        row = verdict.row
        made.add_row(
            row.name,
            row.title,
            row.log,
            f"{row.injections:,}",
            f"{row.operations:,}",
            *(str(row.count(harm)) for harm in Harm),
            f"{row.recovery_seconds:.1f} s",
            f"{row.seconds:.0f} s",
            _judged(verdict),
            row.note,
        )
    return made


def _judged(verdict: Verdict) -> str:
    if verdict.skipped:
        return "[bold]SKIPPED[/bold]"
    if verdict.row.name in CONTROLS:
        return "found" if verdict.passed else "[bold]NOT FOUND[/bold]"
    return "held" if verdict.passed else "[bold]BROKEN[/bold]"


def findings_of(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """The first of each fault that broke something."""
    for verdict in verdicts:
        row = verdict.row
        if verdict.passed:
            continue
        yield f"{row.name}:"
        yield from (f"  {finding}" for finding in row.findings[:_MOST_SHOWN])
        if (hidden := len(row.findings) - _MOST_SHOWN) > 0:
            yield f"  ... and {hidden} more"
