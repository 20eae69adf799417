"""Reference data that intake owns and the others keep copies of: procedures and the agency tree.

The working calendar is `shared.legal_clock.calendar.CalendarDefinition`.
"""

from datetime import date
from typing import Annotated

from pydantic import Field, PlainSerializer

from shared.legal_clock.duration import Duration
from shared.schemas.base import AgencyCode, Day, Flag, LongText, ProcedureCode, Schema, ShortText
from shared.schemas.lifecycle import Channel, OnlineLevel, PausePolicy

# A set has no order of its own, and what is tagged with a version must be the same bytes from every process.
_IN_ORDER = PlainSerializer(sorted, return_type=list[str])


class Component(Schema):
    """A paper or e-document that a procedure asks for (thành phần hồ sơ)."""

    code: ShortText
    name_vi: LongText
    required: Flag = True


class ProcedureCase(Schema):
    """A variant of a procedure (trường hợp) with durations of its own."""

    code: ShortText
    name_vi: LongText
    statutory: Duration | None
    """By law; none for a notification without a processing time."""
    committed: Duration | None
    """What the province promises; the statutory one where it promises no more."""


class CompetentAgency(Schema):
    """Which agency decides in a span of days, both inclusive; no end means until further notice."""

    agency: AgencyCode
    valid_from: Day
    valid_to: Day | None


class Procedure(Schema):
    """One version of a catalogue entry, in full. A dossier pins the version that holds on its filing day."""

    code: ProcedureCode
    version: int = Field(ge=1)
    name_vi: LongText
    name_en: str | None
    field: ShortText
    """Lĩnh vực: the row of the official report."""
    online_level: OnlineLevel
    channels: Annotated[frozenset[Channel], _IN_ORDER]
    competent: tuple[CompetentAgency, ...]
    valid_from: Day
    valid_to: Day | None
    duration_known: bool
    """False until an officer confirms the durations; such a procedure cannot be filed."""
    cases: tuple[ProcedureCase, ...]
    components: tuple[Component, ...]
    pause_policy: PausePolicy = PausePolicy.RESUME
    has_result: bool = True

    def competent_on(self, day: date) -> AgencyCode | None:
        """The agency that decides on `day`, if any."""
        for entry in self.competent:
            if entry.valid_from <= day and (entry.valid_to is None or day <= entry.valid_to):
                return entry.agency
        return None

    def in_force_on(self, day: date) -> bool:
        """Whether the procedure exists on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def case(self, code: str) -> ProcedureCase | None:
        """The variant called `code`."""
        return next((case for case in self.cases if case.code == code), None)


class Agency(Schema):
    """A node of the tree in a span of days, both inclusive."""

    code: AgencyCode
    name_vi: LongText
    parent: AgencyCode | None
    valid_from: Day
    valid_to: Day | None


class Desk(Schema):
    """A receiving desk (quầy, bộ phận tiếp nhận) with its rights."""

    code: AgencyCode
    name_vi: LongText
    agencies: Annotated[frozenset[AgencyCode], _IN_ORDER] | None
    """Whose dossiers it may take in; none means the whole province."""


class AgencyTree(Schema):
    """All agencies and desks of the province, in full, one version."""

    version: int = Field(ge=1)
    agencies: tuple[Agency, ...]
    desks: tuple[Desk, ...]

    def in_force(self, day: date) -> tuple[Agency, ...]:
        """The tree as it stands on `day`."""
        return tuple(
            agency
            for agency in self.agencies
            if agency.valid_from <= day and (agency.valid_to is None or day <= agency.valid_to)
        )

    def desk(self, code: str) -> Desk | None:
        """The desk called `code`."""
        return next((desk for desk in self.desks if desk.code == code), None)
