"""What a replay says: a scenario's arithmetic before it, the verdict after it."""

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from services.console.replay.verdict import Finding, Judgement, sound
from services.console.scenario.arithmetic import Settled, readings
from services.console.scenario.figures import grouped
from services.console.scenario.identities import IDENTITIES
from services.console.scenario.lives import Plan

_STYLES = {
    Judgement.EQUAL: "green",
    Judgement.MISPRINT: "yellow",
    Judgement.AS_ASSUMED: "cyan",
    Judgement.AS_DERIVED: "dim",
    Judgement.WRONG: "bold red",
}


def print_arithmetic(settled: Settled, console: Console) -> None:
    """How the scenario adds up, what it assumes, and both readings of a misprint."""
    scenario = settled.scenario
    console.print(Text(scenario.title, style="bold"))
    console.print(Text(f"{scenario.period.first} to {scenario.period.last}. {scenario.source}"))
    console.print(Text("\nAdds up:", style="bold"))
    for identity in IDENTITIES:
        console.print(Text(f"  {identity.arithmetic(settled.values)}"))
    if settled.assumptions:
        console.print(Text("\nNot in print, assumed:", style="bold"))
    for assumption in settled.assumptions:
        console.print(Text(f"  {assumption.figure} = {grouped(assumption.value)}: {assumption.why}"))
    _print_readings(settled, console)


def print_plan(made: Plan, console: Console) -> None:
    """That there is a plan, which meets every figure."""
    dossiers, steps = len(made.lives), sum(len(life.steps) for life in made.lives)
    console.print(Text("\nCan be lived with what ships:", style="bold"))
    console.print(Text(f"  {grouped(dossiers)} dossiers in {grouped(steps)} steps meet every figure"))


def print_verdict(settled: Settled, findings: list[Finding], console: Console) -> None:
    """The figures in print beside what was measured, then what is not in print."""
    in_print = [finding for finding in findings if finding.printed]
    table = Table(
        Column("figure"),
        Column("in print", justify="right"),
        Column("measured", justify="right"),
        Column("verdict"),
    )
    for finding in in_print:
        table.add_row(finding.figure, finding.printed, finding.measured, _judgement(finding))
    console.print(Text(settled.scenario.title, style="bold"))
    console.print(table)
    for finding in in_print:
        if finding.why:
            console.print(Text(f"{finding.figure}: {finding.why}", style=_STYLES[finding.judgement]))
    console.print(Text("\nNot in print:", style="bold"))
    for finding in findings:
        if not finding.printed:
            line = f"  {finding.figure} = {finding.measured}, {finding.judgement}: {finding.why}"
            console.print(Text(line, style=_STYLES[finding.judgement]))
    _print_readings(settled, console)
    if sound(findings):
        console.print(Text("\nEvery figure is as expected.", style="bold green"))
    else:
        wrong = sum(finding.judgement is Judgement.WRONG for finding in findings)
        console.print(Text(f"\n{wrong} figures are not as expected.", style="bold red"))


def _judgement(finding: Finding) -> Text:
    return Text(finding.judgement, style=_STYLES[finding.judgement])


def _print_readings(settled: Settled, console: Console) -> None:
    both = readings(settled)
    if both:
        console.print(Text("\nThe print can be read in two ways:", style="bold"))
    for reading in both:
        console.print(Text(f"  {reading.title}"))
        for line in reading.lines:
            console.print(Text(f"    {line}"))
