"""Does a scenario add up? What it leaves open, what it contradicts, and both readings of a misprint."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.console.scenario.figures import Percentage, grouped, percent
from services.console.scenario.identities import IDENTITIES, Assumption, Ledger, settle
from services.console.scenario.schema import AgencyFigures, Scenario

FRACTIONS = {
    "resolved_basis": ("early_or_on_time", "resolved"),
    "late_share": ("late", "resolved"),
    "online_share": ("received_online", "received"),
}
"""Percentage -> numerator and denominator. `resolved` stands for its dated part."""


class ScenarioRefusedError(Exception):
    """The scenario cannot add up. `lines` show the arithmetic."""

    def __init__(self, name: str, lines: list[str]) -> None:
        super().__init__("\n".join([f"scenario {name} cannot add up:", *(f"  {line}" for line in lines)]))
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Settled:
    """A scenario that adds up: every figure of the report, and what had to be assumed."""

    scenario: Scenario
    values: dict[str, int]
    derived: dict[str, str]
    assumptions: tuple[Assumption, ...]

    def fraction(self, share: str) -> tuple[int, int]:
        """Numerator and denominator of a percentage of `FRACTIONS`."""
        return _fraction(self.values, share)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the printed percentages become if one figure is read differently."""

    title: str
    lines: tuple[str, ...]


def check(scenario: Scenario) -> Settled:
    """Raises `ScenarioRefusedError`, with the arithmetic, for a scenario that cannot add up."""
    ledger = _settle(scenario)
    problems = [*ledger.broken(), *_gap_problems(scenario, ledger), *_agency_problems(scenario, ledger)]
    wholes = {figure for identity in IDENTITIES for figure in identity.figures}
    if missing := sorted(wholes - ledger.values.keys()):
        problems.append(f"too little is published: nothing fixes {', '.join(missing)}")
    if not problems:
        problems += _percentage_problems(scenario, ledger)
    if problems:
        raise ScenarioRefusedError(scenario.name, problems)
    return Settled(scenario, ledger.values, ledger.derived, tuple(ledger.assumptions))


def readings(settled: Settled) -> tuple[Reading, ...]:
    """The print as it stands, and where it holds a gap the print with the total that its parts sum to."""
    scenario = settled.scenario
    printed = {name: figure.printed for name, figure in scenario.published.figures().items()}
    if scenario.gap is not None:
        total = settled.values["total"] - scenario.gap.dossiers
        other = settled.values | {"total": total, "received": total - settled.values["carried_over"]}
    elif any(figure.misprint for figure in scenario.published.figures().values()):
        other = settled.values | printed
    else:
        return ()
    return (
        _reading("this scenario", scenario, settled.values),
        _reading("the other reading", scenario, other),
    )


def _reading(title: str, scenario: Scenario, values: dict[str, int]) -> Reading:
    head = f"{title}: total {grouped(values['total'])}, received {grouped(values['received'])}"
    return Reading(
        head,
        tuple(
            f"{name} {_division(values, name)} {'as' if _agrees(values, name, share) else 'against'} "
            f"{share.printed} % in print"
            for name, share in scenario.percentages.printed().items()
            if name in FRACTIONS
        ),
    )


def _settle(scenario: Scenario) -> Ledger:
    printed = {name: figure.value for name, figure in scenario.published.figures().items()}
    if scenario.gap is None or scenario.gap.held_in in printed:
        return settle(printed)
    ledger = settle(printed | {scenario.gap.held_in: scenario.gap.dossiers})
    ledger.assumptions.append(Assumption(scenario.gap.held_in, scenario.gap.dossiers, scenario.gap.why))
    return ledger


def _gap_problems(scenario: Scenario, ledger: Ledger) -> Iterator[str]:
    if scenario.gap is None:
        return
    if scenario.gap.held_in in scenario.published.figures():
        yield f"the gap cannot be held in {scenario.gap.held_in}: that figure is in print itself"
    elif not ledger.broken() and not settle(_printed(scenario)).broken():
        yield f"a gap of {grouped(scenario.gap.dossiers)} is named, but the figures add up without it"


def _printed(scenario: Scenario) -> dict[str, int]:
    return {name: figure.value for name, figure in scenario.published.figures().items()}


def _agency_problems(scenario: Scenario, ledger: Ledger) -> Iterator[str]:
    received = ledger.values.get("received", 0)
    online = ledger.values.get("received_online", 0)
    of_agencies = sum(entry.received.value for entry in scenario.agencies)
    online_there = sum(_online(entry) for entry in scenario.agencies)
    if of_agencies > received:
        yield f"the agencies received {grouped(of_agencies)}, more than the {grouped(received)} in all"
    if online_there > online:
        yield f"the agencies received {grouped(online_there)} online, more than the {grouped(online)} in all"
    elif of_agencies <= received and online - online_there > received - of_agencies:
        yield (
            f"the other agencies would have received {grouped(online - online_there)} online "
            f"of {grouped(received - of_agencies)}"
        )
    for entry in scenario.agencies:
        yield from _mix_problems(entry)


def _mix_problems(entry: AgencyFigures) -> Iterator[str]:
    if _online(entry) > entry.received.value:
        yield f"{entry.agency}: {_online(entry)} online of {entry.received.value} received"
    for kind, mix in (("fields", entry.fields), ("procedures", entry.procedures)):
        total = sum(part.received for part in mix)
        online = sum(part.received_online or 0 for part in mix)
        if total > entry.received.value:
            yield f"{entry.agency}: its {kind} received {total}, more than its {entry.received.value}"
        if online > _online(entry):
            yield f"{entry.agency}: its {kind} received {online} online, more than its {_online(entry)}"
        for part in mix:
            if (part.received_online or 0) > part.received:
                yield f"{entry.agency}: {part.received_online} online of {part.received} in one of its {kind}"


def _online(entry: AgencyFigures) -> int:
    return entry.received_online.value if entry.received_online else 0


def _percentage_problems(scenario: Scenario, ledger: Ledger) -> Iterator[str]:
    for name, share in scenario.percentages.printed().items():
        if name in FRACTIONS:
            numerator, denominator = _fraction(ledger.values, name)
            yield from _percentage_problem(name, share, numerator, denominator)
        elif not share.agrees_with(1, 1):
            yield f"{name}: every component of a replayed dossier is stored, which is 100 %"
    for entry in scenario.agencies:
        if entry.online_share:
            yield from _percentage_problem(
                f"{entry.agency} online_share", entry.online_share, _online(entry), entry.received.value
            )


def _percentage_problem(name: str, share: Percentage, numerator: int, denominator: int) -> Iterator[str]:
    agrees = share.agrees_with(numerator, denominator)
    if agrees == (share.misprint is None):
        return
    line = f"{name}: {grouped(numerator)}/{grouped(denominator)} = {percent(numerator, denominator)} %"
    if agrees:
        yield f"{line}, which is the {share.printed} % in print; there is no misprint to explain"
    else:
        yield f"{line}, not the {share.printed} % in print, and no `misprint` says why"


def _fraction(values: dict[str, int], share: str) -> tuple[int, int]:
    numerator, denominator = (values[figure] for figure in FRACTIONS[share])
    return numerator, denominator - (values["undated"] if FRACTIONS[share][1] == "resolved" else 0)


def _agrees(values: dict[str, int], name: str, share: Percentage) -> bool:
    return share.agrees_with(*_fraction(values, name))


def _division(values: dict[str, int], name: str) -> str:
    numerator, denominator = _fraction(values, name)
    return f"{grouped(numerator)}/{grouped(denominator)} = {percent(numerator, denominator)} %"
