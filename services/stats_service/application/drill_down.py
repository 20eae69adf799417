"""Opens a figure down to the dossiers behind it."""

from collections.abc import Sequence

from services.stats_service.application.ports import CountedDossier, DossierFinder, Reference, Selection
from services.stats_service.application.questions import Question, understand
from services.stats_service.domain.agency_tree import TreeOn
from services.stats_service.domain.figures import FIGURES
from shared.clock import Clock
from shared.errors import ForbiddenError, RuleViolationError
from shared.principal import Principal
from shared.schemas.lifecycle import Role

WHOLE_PROVINCE = frozenset({Role.STATISTICS_READER, Role.ADMINISTRATOR})
OWN_AGENCY = frozenset({Role.SUPERVISOR, Role.APPROVER})


class DrillDown:
    """Lists the dossiers that a figure counts, by code."""

    def __init__(self, dossiers: DossierFinder, reference: Reference, clock: Clock) -> None:
        self._dossiers = dossiers
        self._reference = reference
        self._clock = clock

    async def __call__(
        self, principal: Principal, question: Question, counter: str, *, after: str | None, limit: int
    ) -> Sequence[CountedDossier]:
        """Raises `RuleViolationError` for what cannot be asked, `ForbiddenError` for others' dossiers."""
        figure = FIGURES.get(counter)
        if figure is None:
            raise RuleViolationError(
                f"there is no figure {counter}", field="query:counter", rule="unknown-counter"
            )
        understood = await understand(question, self._reference, self._clock.now())
        _check_rights(principal, understood.selection, understood.tree)
        return await self._dossiers.behind(
            figure, understood.view, understood.selection, after=after, limit=limit
        )


def _check_rights(principal: Principal, selection: Selection, tree: TreeOn) -> None:
    allowed: set[str] = set()
    for grant in principal.grants_as(WHOLE_PROVINCE | OWN_AGENCY):
        if grant.agency is not None:
            allowed |= tree.under(grant.agency)
        elif grant.role in WHOLE_PROVINCE:
            return
    if selection.agencies is None or not selection.agencies <= allowed:
        raise ForbiddenError("name one of your own agencies: the dossiers of others are not shown")
