"""Opens a figure down to the dossiers behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.stats_service.application.ports import (
    CountedDossier,
    DossierFinder,
    Ledger,
    Place,
    Reference,
    Selection,
    Split,
)
from services.stats_service.application.questions import Question, Understood, understand
from services.stats_service.domain.agency_tree import TreeOn
from services.stats_service.domain.cell import Dimension
from services.stats_service.domain.figures import FIGURES, Figure
from shared.clock import Clock
from shared.errors import ForbiddenError, RuleViolationError
from shared.principal import Principal
from shared.schemas.lifecycle import Role

WHOLE_PROVINCE = frozenset({Role.STATISTICS_READER, Role.ADMINISTRATOR})
OWN_AGENCY = frozenset({Role.SUPERVISOR, Role.APPROVER})


class DrillDown:
    """Lists the dossiers that a figure counts, agency by agency."""

    def __init__(self, ledger: Ledger, dossiers: DossierFinder, reference: Reference, clock: Clock) -> None:
        self._ledger = ledger
        self._dossiers = dossiers
        self._reference = reference
        self._clock = clock

    async def __call__(
        self, principal: Principal, question: Question, counter: str, *, after: Place | None, limit: int
    ) -> Sequence[CountedDossier]:
        """Up to `limit` dossiers behind `after`.

        Raises `RuleViolationError` for what cannot be asked, `ForbiddenError` for others' dossiers.
        """
        figure = FIGURES.get(counter)
        if figure is None:
            raise RuleViolationError(
                f"there is no figure {counter}", field="query:counter", rule="unknown-counter"
            )
        understood = await understand(question, self._reference, self._clock.now())
        _check_rights(principal, understood.selection, understood.tree)
        found: list[CountedDossier] = []
        counts = await self._counts(figure, understood)
        agencies = [agency for agency in sorted(counts) if after is None or agency >= after.agency]
        while agencies and len(found) < limit:
            # No more agencies than fill the page: each is searched for as many dossiers as it counts.
            enough = _enough(agencies, counts, limit - len(found))
            selection = replace(understood.selection, agencies=frozenset(agencies[:enough]))
            found += await self._dossiers.behind(
                figure, understood.view, selection, after=after, limit=limit - len(found)
            )
            agencies = agencies[enough:]
        return found

    async def _counts(self, figure: Figure, understood: Understood) -> Mapping[str, int]:
        by_agency: Split = frozenset({Dimension.AGENCY})
        (sums,) = await self._ledger.read(understood.view, understood.selection, [by_agency])
        counts = {agency: figure.value(at.before, at.end) for (agency,), at in sums.items()}
        return {agency: n for agency, n in counts.items() if n}


def _enough(agencies: Sequence[str], counts: Mapping[str, int], wanted: int) -> int:
    total = 0
    for number, agency in enumerate(agencies, 1):
        total += counts[agency]
        if total >= wanted:
            return number
    return len(agencies)


def _check_rights(principal: Principal, selection: Selection, tree: TreeOn) -> None:
    allowed: set[str] = set()
    for grant in principal.grants_as(WHOLE_PROVINCE | OWN_AGENCY):
        if grant.agency is not None:
            allowed |= tree.under(grant.agency)
        elif grant.role in WHOLE_PROVINCE:
            return
    if selection.agencies is None or not selection.agencies <= allowed:
        raise ForbiddenError("name one of your own agencies: the dossiers of others are not shown")
