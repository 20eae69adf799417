"""What our codes are called, for a portal that wants names and has codes of its own."""

import time
from collections.abc import Collection, Mapping

from services.processing_service.application.portal.ports import Portal, Procedures
from services.processing_service.application.ports import Reference
from services.processing_service.domain.portal_document import Names
from services.processing_service.domain.portal_record import PortalRecord

_ASK_AGAIN_SECONDS = 600.0


class NamesOf:
    """Looks names up; the portal's own codes are asked for when one is missing, at most every ten minutes."""

    def __init__(self, *, procedures: Procedures, reference: Reference, portal: Portal) -> None:
        self._procedures = procedures
        self._reference = reference
        self._portal = portal
        self._fields: Mapping[str, str] = {}
        self._ask_from = 0.0

    async def __call__(self, records: Collection[PortalRecord]) -> Mapping[str, Names]:
        """By code; without those whose procedure has not come yet.

        Raises what the portal raises, where its codes are needed.
        """
        wanted = {(record.facts.procedure, record.facts.procedure_version) for record in records}
        procedures = await self._procedures.versions(wanted)
        await self._learn_fields({_plain(record.facts.field) for record in records})
        return {
            record.code: Names(
                procedure=procedure,
                field_code=self._fields.get(_plain(record.facts.field)),
                agency=self.agency(record.facts.agency),
            )
            for record in records
            if (procedure := procedures.get((record.facts.procedure, record.facts.procedure_version)))
        }

    def agency(self, code: str) -> str:
        """What an agency is called now; empty for one that nobody knows."""
        names = [agency.name_vi for agency in self._reference.tree.agencies if agency.code == code]
        return names[-1] if names else ""

    async def _learn_fields(self, names: set[str]) -> None:
        if names <= self._fields.keys() or time.monotonic() < self._ask_from:
            return
        found = await self._portal.field_codes()
        self._fields = {_plain(name): code for name, code in found.items()}
        self._ask_from = time.monotonic() + _ASK_AGAIN_SECONDS


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
