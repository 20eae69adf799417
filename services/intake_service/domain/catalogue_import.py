"""What a catalogue file changes. What an officer has confirmed is never lost by an import.

The national catalogue says code, name, field and agencies. It says nothing of durations, so a procedure that
comes from it cannot be filed until an officer confirms them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.intake_service.domain.catalogue_file import CatalogueRow
from services.intake_service.domain.search_text import searchable
from shared.schemas.lifecycle import Channel, OnlineLevel
from shared.schemas.reference import AgencyTree, CompetentAgency, Procedure, ProcedureCase

DEFAULT_CASE = ProcedureCase(
    code="default", name_vi="Trường hợp thông thường", statutory=None, committed=None
)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The next versions, and how many rows say what is known already."""

    new: Sequence[Procedure]
    changed: Sequence[Procedure]
    unchanged: int


def plan_import(
    rows: Iterable[CatalogueRow], known: Mapping[str, Procedure], tree: AgencyTree, day: date
) -> ImportPlan:
    """`day` is the day from which new procedures are known, and whose agencies are meant."""
    agencies = _AgencyNames(tree, day)
    new, changed, unchanged = [], [], 0
    for row in rows:
        competent = agencies.competent(row.agencies)
        existing = known.get(row.code)
        if existing is None:
            new.append(_unconfirmed(row, competent, day))
            continue
        update = {
            "name_vi": row.name_vi,
            "field": row.field,
            "competent": existing.competent or competent,
        }
        imported = existing.model_copy(update=update)
        if imported == existing:
            unchanged += 1
        else:
            changed.append(imported.model_copy(update={"version": existing.version + 1}))
    return ImportPlan(new, changed, unchanged)


def _unconfirmed(row: CatalogueRow, competent: tuple[CompetentAgency, ...], day: date) -> Procedure:
    return Procedure(
        code=row.code,
        version=1,
        name_vi=row.name_vi,
        name_en=None,
        field=row.field,
        online_level=OnlineLevel.INFORMATION,
        channels=frozenset({Channel.COUNTER, Channel.POSTAL}),
        competent=competent,
        valid_from=day,
        valid_to=None,
        duration_known=False,
        cases=(DEFAULT_CASE,),
        components=(),
    )


class _AgencyNames:
    """Finds an agency of the province by how a national file calls it."""

    def __init__(self, tree: AgencyTree, day: date) -> None:
        self._day = day
        in_force = tree.in_force(day)
        self._codes = {searchable(agency.name_vi): agency.code for agency in in_force}
        roots = [agency for agency in in_force if agency.parent is None]
        self._province = searchable(roots[0].name_vi).removeprefix("uy ban nhan dan ") if roots else ""

    def competent(self, names: Iterable[str]) -> tuple[CompetentAgency, ...]:
        """Who decides, if the names leave no doubt."""
        found = {code for name in names if (code := self._code(name))}
        if len(found) != 1:
            return ()
        return (CompetentAgency(agency=found.pop(), valid_from=self._day, valid_to=None),)

    def _code(self, name: str) -> str | None:
        plain = searchable(name).removesuffix(self._province).rstrip(" -")
        return self._codes.get(plain)
