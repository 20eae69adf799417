"""The measured report beside the published figures: equal, or what differs and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.console.scenario.arithmetic import FRACTIONS, Settled
from services.console.scenario.figures import Figure, Percentage, grouped, percent
from services.console.scenario.identities import Assumption

Row = Mapping[str, Any]


class Judgement(StrEnum):
    """How a measured figure compares with the print."""

    EQUAL = "equal"
    MISPRINT = "misprint"
    """As the scenario expects, and the print says something else for a reason that it names."""
    AS_ASSUMED = "as assumed"
    """Not in print; as the scenario filled it in."""
    AS_DERIVED = "as derived"
    """Not in print; as the printed figures fix it."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure."""

    figure: str
    printed: str
    measured: str
    judgement: Judgement
    why: str = ""


def judge(settled: Settled, report: Row, by_agency: Row) -> list[Finding]:
    """Every figure of the scenario against a report of its period, and against the same by agency."""
    return [
        *_totals(settled, report),
        *_percentages(settled, report),
        *_agencies(settled, by_agency),
        *_assumed(settled, report),
        *_quality(report),
    ]


def sound(findings: list[Finding]) -> bool:
    """Whether every figure is as expected."""
    return all(finding.judgement is not Judgement.WRONG for finding in findings)


def _totals(settled: Settled, report: Row) -> Iterator[Finding]:
    for name, figure in settled.scenario.published.figures().items():
        yield _figure(name, figure, _measured(report, name))


def _figure(name: str, figure: Figure, measured: int) -> Finding:
    printed = grouped(figure.printed)
    if measured != figure.value:
        why = f"{grouped(figure.value)} were to come out"
        return Finding(name, printed, grouped(measured), Judgement.WRONG, why)
    if figure.misprint:
        return Finding(name, printed, grouped(measured), Judgement.MISPRINT, figure.misprint)
    return Finding(name, printed, grouped(measured), Judgement.EQUAL)


def _percentages(settled: Settled, report: Row) -> Iterator[Finding]:
    for name, share in settled.scenario.percentages.printed().items():
        if name in FRACTIONS:
            numerator, denominator = FRACTIONS[name]
            undated = _measured(report, "undated") if denominator == "resolved" else 0
            fraction = (_measured(report, numerator), _measured(report, denominator) - undated)
            yield _percentage(name, share, fraction, settled.fraction(name))
        else:
            fraction = (_measured(report, "digitised"), _measured(report, "received"))
            yield _percentage(name, share, fraction, (fraction[1], fraction[1]))


def _percentage(
    name: str, share: Percentage, measured: tuple[int, int], expected: tuple[int, int]
) -> Finding:
    printed = f"{share.printed} %"
    shown = f"{percent(*measured)} % = {grouped(measured[0])}/{grouped(measured[1])}"
    if share.misprint and measured == expected:
        return Finding(name, printed, shown, Judgement.MISPRINT, share.misprint)
    if measured == expected and share.agrees_with(*measured):
        return Finding(name, printed, shown, Judgement.EQUAL)
    why = f"{grouped(expected[0])}/{grouped(expected[1])} were to come out"
    return Finding(name, printed, shown, Judgement.WRONG, why)


def _agencies(settled: Settled, by_agency: Row) -> Iterator[Finding]:
    rows = {row["agency"]: row for row in by_agency["rows"]}
    for entry in settled.scenario.agencies:
        row = rows.get(entry.agency, {})
        received, online = row.get("received", 0), row.get("received_online", 0)
        yield _figure(f"{entry.agency} received", entry.received, received)
        if entry.received_online:
            yield _figure(f"{entry.agency} received_online", entry.received_online, online)
            if entry.online_share:
                expected = (entry.received_online.value, entry.received.value)
                yield _percentage(
                    f"{entry.agency} online_share", entry.online_share, (online, received), expected
                )


def _assumed(settled: Settled, report: Row) -> Iterator[Finding]:
    """What is not in print, so that a scenario cannot be right by halves."""
    why: dict[str, Assumption] = {assumption.figure: assumption for assumption in settled.assumptions}
    in_print = settled.scenario.published.figures()
    for name, value in settled.values.items():
        if name in in_print:
            continue
        measured = _measured(report, name)
        reason = why[name].why if name in why else settled.derived.get(name, "")
        right = measured == value
        yield Finding(
            name,
            "",
            grouped(measured),
            _unprinted(settled, name) if right else Judgement.WRONG,
            reason if right else f"{grouped(value)} were to come out ({reason})",
        )


def _unprinted(settled: Settled, name: str) -> Judgement:
    return Judgement.AS_DERIVED if name in settled.derived else Judgement.AS_ASSUMED


def _quality(report: Row) -> Iterator[Finding]:
    for problem in report["problems"]:
        measured = f"{problem['left']} against {problem['right']}"
        yield Finding(problem["identity"], "", measured, Judgement.WRONG, "an identity is broken")
    for reason in report["provisional"]:
        yield Finding("provisional", "", "yes", Judgement.WRONG, reason)


def _measured(report: Row, figure: str) -> int:
    if figure == "early_or_on_time":
        return int(report["early"]) + int(report["on_time"])
    return int(report[figure])
