"""What must hold in a procedure or an agency tree before it is published."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Protocol, TypeVar

from shared.errors import RuleViolationError
from shared.schemas.lifecycle import Channel, OnlineLevel
from shared.schemas.reference import Agency, AgencyTree, Procedure, ProcedureCase

_Item = TypeVar("_Item")


class _Span(Protocol):
    @property
    def valid_from(self) -> date: ...

    @property
    def valid_to(self) -> date | None: ...


def check_procedure(procedure: Procedure, tree: AgencyTree) -> None:
    """Raises `RuleViolationError` for the first thing that is wrong."""
    _check_spans([procedure], "")
    _check_spans(procedure.competent, "/competent")
    known = {agency.code for agency in tree.agencies}
    for index, competent in enumerate(procedure.competent):
        if competent.agency not in known:
            raise _broken(f"/competent/{index}/agency", "unknown-agency", f"{competent.agency} is no agency")
    _check_unique(procedure.cases, lambda case: case.code, "/cases")
    _check_unique(procedure.components, lambda component: component.code, "/components")
    online = Channel.ONLINE in procedure.channels
    if online != (procedure.online_level is not OnlineLevel.INFORMATION):
        raise _broken("/channels", "online-level", f"level {procedure.online_level} and channels disagree")
    if procedure.duration_known and not procedure.competent:
        raise _broken("/competent", "missing", "a procedure that can be filed needs a competent agency")
    for index, case in enumerate(procedure.cases):
        _check_durations(case, known=procedure.duration_known, pointer=f"/cases/{index}")


def check_tree(tree: AgencyTree, before: AgencyTree) -> None:
    """Raises `RuleViolationError` for the first thing that is wrong. Agencies end; they never vanish."""
    by_code: dict[str, list[Agency]] = {}
    for index, agency in enumerate(tree.agencies):
        _check_spans([agency], f"/agencies/{index}")
        by_code.setdefault(agency.code, []).append(agency)
    for spans in by_code.values():
        _check_spans(sorted(spans, key=lambda span: span.valid_from), "/agencies")
    codes = by_code.keys()
    if vanished := sorted({agency.code for agency in before.agencies} - codes):
        raise _broken("/agencies", "agency-vanished", f"{vanished[0]} has to stay, with an end")
    roots = {agency.code for agency in tree.agencies if agency.parent is None}
    if len(roots) != 1:
        raise _broken("/agencies", "one-root", f"{len(roots)} agencies have no parent; one has to")
    for index, agency in enumerate(tree.agencies):
        if agency.parent is not None and not _is_there_throughout(by_code.get(agency.parent, []), agency):
            detail = f"{agency.parent} is not there while {agency.code} is below it"
            raise _broken(f"/agencies/{index}/parent", "unknown-parent", detail)
        if agency.code in _ancestors(agency, by_code):
            raise _broken(f"/agencies/{index}/parent", "circle", f"{agency.code} is above itself")
    _check_unique(tree.desks, lambda desk: desk.code, "/desks")
    for index, desk in enumerate(tree.desks):
        if unknown := sorted((desk.agencies or frozenset()) - codes):
            raise _broken(f"/desks/{index}/agencies", "unknown-agency", f"{unknown[0]} is no agency")


def _check_durations(case: ProcedureCase, *, known: bool, pointer: str) -> None:
    statutory, committed = case.statutory, case.committed
    if not known and (statutory or committed):
        raise _broken(pointer, "duration-unconfirmed", "durations that are given are known")
    if statutory and committed and statutory.unit is committed.unit and statutory.amount < committed.amount:
        raise _broken(f"{pointer}/committed", "longer-than-statutory", "the law allows less")


def _check_spans(spans: Iterable[_Span], pointer: str) -> None:
    """Each ends no earlier than it begins, and they follow each other."""
    in_order = list(spans)
    for span in in_order:
        if span.valid_to is not None and span.valid_to < span.valid_from:
            raise _broken(f"{pointer}/valid_to", "ends-before-it-begins", f"{span.valid_to}")
    for one, other in pairwise(in_order):
        if one.valid_to is None or other.valid_from <= one.valid_to:
            raise _broken(pointer, "spans-overlap", f"what begins on {other.valid_from} begins too early")


def _is_there_throughout(spans: list[Agency], child: Agency) -> bool:
    """Whether every day of the child is a day of the parent, which may have several spans."""
    covered_until = child.valid_from
    for span in sorted(spans, key=lambda span: span.valid_from):
        if span.valid_from > covered_until:
            break
        last = span.valid_to or date.max
        if last >= (child.valid_to or date.max):
            return True
        covered_until = max(covered_until, last + timedelta(days=1))
    return False


def _ancestors(agency: Agency, by_code: dict[str, list[Agency]]) -> set[str]:
    found: set[str] = set()
    ahead = {agency.parent} - {None}
    while ahead:
        code = ahead.pop()
        if code is not None and code not in found:
            found.add(code)
            ahead |= {span.parent for span in by_code.get(code, [])}
    return found


def _check_unique(items: Iterable[_Item], key: Callable[[_Item], str], pointer: str) -> None:
    for index, code in _repeated(map(key, items)):
        raise _broken(f"{pointer}/{index}/code", "code-twice", f"{code} is there twice")


def _repeated(codes: Iterable[str]) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for index, code in enumerate(codes):
        if code in seen:
            yield index, code
        seen.add(code)


def _broken(field: str, rule: str, detail: str) -> RuleViolationError:
    return RuleViolationError(detail, field=field, rule=rule)
