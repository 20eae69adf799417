"""Holds all that the portal shows against all that it is to show, in both directions, dossier by dossier."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from services.processing_service.application.portal.ports import Portal, Problem
from services.processing_service.domain.portal_comparison import Difference, DifferenceKind, differences
from services.processing_service.domain.portal_record import PortalRecord


@dataclass(frozen=True, slots=True)
class Kept:
    """What we keep of a dossier for the portal."""

    record: PortalRecord
    steps: int
    pending: bool
    """The portal is not told of the last change yet."""
    problem: Problem | None


class Records(Protocol):
    """All that the portal is to show."""

    def all(self, day: date | None) -> AsyncIterator[Kept]:
        """In the order of their codes, byte by byte: those filed on `day`, or all."""

    async def tell_again(self, codes: Collection[str]) -> None:
        """Let these be looked up and told anew."""


@dataclass(slots=True)
class Reconciliation:
    """What was found."""

    compared: int = 0
    pending: int = 0
    """Not compared, because the portal is still being told."""
    differences: list[Difference] = field(default_factory=list)


async def reconcile(portal: Portal, records: Records, day: date | None) -> Reconciliation:
    """Compare. Raises what the portal raises."""
    found = Reconciliation()
    theirs = _Shown(portal, day)
    async for kept in records.all(day):
        code = kept.record.code
        async for unknown in theirs.before(code):
            found.differences.append(_unknown(unknown))
        shown = await theirs.take(code)
        if kept.problem:
            kind = DifferenceKind(kept.problem.kind)
            why = ", ".join(kept.problem.details)
            found.differences.append(Difference(code=code, kind=kind, ours=why, theirs=_brief(shown)))
        elif kept.pending:
            found.pending += 1
        elif shown is None:
            never = DifferenceKind.NEVER_SENT
            found.differences.append(
                Difference(code=code, kind=never, ours=kept.record.status, theirs="nothing")
            )
        else:
            found.differences += differences(kept.record, kept.steps, shown)
        found.compared += 1
    async for unknown in theirs.before(None):
        found.differences.append(_unknown(unknown))
    return found


class _Shown:
    """What the portal shows, in the order of codes, page by page."""

    def __init__(self, portal: Portal, day: date | None) -> None:
        self._portal = portal
        self._day = day
        self._page: Sequence[Mapping[str, Any]] = ()
        self._after: str | None = None
        self._ended = False

    async def before(self, code: str | None) -> AsyncIterator[Mapping[str, Any]]:
        """Take what comes before `code`, or everything."""
        while (first := await self._first()) is not None and (code is None or first["MaHoSo"] < code):
            self._page = self._page[1:]
            yield first

    async def take(self, code: str) -> Mapping[str, Any] | None:
        """The dossier, if it comes next."""
        first = await self._first()
        if first is None or first["MaHoSo"] != code:
            return None
        self._page = self._page[1:]
        return first

    async def _first(self) -> Mapping[str, Any] | None:
        if not self._page and not self._ended:
            self._page = await self._portal.page(self._day, self._after)
            self._ended = not self._page
            if self._page:
                self._after = self._page[-1]["MaHoSo"]
        return self._page[0] if self._page else None


def _unknown(shown: Mapping[str, Any]) -> Difference:
    return Difference(
        code=str(shown["MaHoSo"]),
        kind=DifferenceKind.UNKNOWN_TO_US,
        ours="nothing",
        theirs=_brief(shown),
    )


def _brief(shown: Mapping[str, Any] | None) -> str:
    return f"status {shown.get('TrangThaiHoSo')}" if shown else "nothing"
