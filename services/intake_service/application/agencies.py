"""The agency tree and the receiving desks, and an administrator's edits of them."""

from collections.abc import Sequence

from services.intake_service.application.reference import (
    PROVINCE_KEY,
    Publication,
    ReferenceData,
    ReferencePublisher,
    differs,
    require_version,
)
from services.intake_service.domain.reference_rules import check_tree
from shared.events.reference import ReferenceKind
from shared.principal import Principal
from shared.schemas.reference import Agency, AgencyTree, Desk


class AgencyEdits:
    """`expected` is the version of the tree that the caller has seen."""

    def __init__(self, data: ReferenceData, publisher: ReferencePublisher) -> None:
        self._data = data
        self._publisher = publisher

    async def current(self) -> AgencyTree:
        """The newest version, whoever published it."""
        await self._data.refresh()
        return self._data.tree

    async def replace(
        self, agencies: Sequence[Agency], desks: Sequence[Desk], expected: int, by: Principal
    ) -> AgencyTree:
        """Publish the whole tree anew. Raises `RuleViolationError` for one that makes no sense."""
        before = await self.current()
        require_version(expected, before.version, "the agency tree")
        after = AgencyTree(version=before.version + 1, agencies=tuple(agencies), desks=tuple(desks))
        check_tree(after, before)
        if not differs(before, after):
            return before
        await self._publisher.publish(Publication(ReferenceKind.AGENCIES, PROVINCE_KEY, after), by)
        return after
