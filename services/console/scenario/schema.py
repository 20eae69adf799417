"""What a scenario file may say (docs/scenarios.md). Words are those of the report."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from services.console.scenario.figures import Figure, Percentage
from shared.schemas.base import AgencyCode, LongText, ProcedureCode, RequestModel, ShortText

Share = Annotated[Decimal, BeforeValidator(str), Field(ge=0, le=100)]


class Period(RequestModel):
    """The days reported on, both inclusive, in Vietnam."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    first: date = Field(alias="from")
    last: date = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("the period ends before it begins")
        return self


class Published(RequestModel):
    """The totals in print. What is left out is derived where the others fix it, and assumed where not."""

    total: Figure | None = None
    carried_over: Figure | None = None
    received: Figure | None = None
    received_online: Figure | None = None
    received_counter: Figure | None = None
    received_postal: Figure | None = None
    resolved: Figure | None = None
    early: Figure | None = None
    on_time: Figure | None = None
    early_or_on_time: Figure | None = None
    """Early and on time in one sum, as most publications give them."""
    late: Figure | None = None
    undated: Figure | None = None
    closed_without_result: Figure | None = None
    sent_back: Figure | None = None
    withdrawn: Figure | None = None
    in_progress: Figure | None = None
    under_processing: Figure | None = None
    in_time: Figure | None = None
    overdue: Figure | None = None
    undated_open: Figure | None = None
    awaiting_supplement: Figure | None = None
    awaiting_payment: Figure | None = None
    postal_uses: Figure | None = None
    postal_submissions: Figure | None = None
    postal_returns: Figure | None = None

    def figures(self) -> dict[str, Figure]:
        """The figures in print by their word, in the order above."""
        return {name: figure for name, figure in self if figure is not None}


class Percentages(RequestModel):
    """Percentages in print."""

    resolved_basis: Percentage | None = None
    """Early and on time of all that were resolved with an appointment."""
    late_share: Percentage | None = None
    """Late of all that were resolved with an appointment."""
    online_share: Percentage | None = None
    """Received online of all received."""
    digitised: Percentage | None = None
    """Received with a stored copy of every component, of all received."""

    def printed(self) -> dict[str, Percentage]:
        """The percentages in print by their word."""
        return {name: share for name, share in self if share is not None}


class ProcedureMix(RequestModel):
    """What one procedure of an agency received in the period."""

    procedure: ProcedureCode
    received: int = Field(ge=0)
    received_online: int | None = Field(default=None, ge=0)


class FieldMix(RequestModel):
    """What one field of an agency received in the period, procedures of `procedures` included."""

    field: ShortText
    received: int = Field(ge=0)
    received_online: int | None = Field(default=None, ge=0)


class AgencyFigures(RequestModel):
    """What one agency received in the period."""

    agency: AgencyCode
    received: Figure
    received_online: Figure | None = None
    online_share: Percentage | None = None
    fields: tuple[FieldMix, ...] = ()
    procedures: tuple[ProcedureMix, ...] = ()


class Gap(RequestModel):
    """Dossiers by which the parts in print fall short of the total, and where the scenario holds them."""

    dossiers: int = Field(gt=0)
    held_in: Literal["awaiting_payment", "awaiting_supplement", "closed_without_result"]
    """A figure that is not in print itself."""
    why: LongText


class Liveliness(RequestModel):
    """How much of real life happens beside the published figures. Percentages are of `total`."""

    answered_supplements_percent: Share = Decimal("4.2")
    confirmed_payments_percent: Share = Decimal("1.0")
    apologies_percent: Share = Decimal("1.2")
    completed_percent: Share = Decimal("1.8")
    """Incomplete at intake, completed and then accepted."""
    refused_percent: Share = Decimal("0.8")
    """Not accepted: beside the total, never inside."""
    undos: int = Field(default=20, ge=0)
    declined_withdrawals: int = Field(default=6, ge=0)
    calendar_edit: bool = True
    """An administrator adds a day off after the period, and open dossiers are computed again."""


class Scenario(RequestModel):
    """A month as it was published."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    title: ShortText
    source: LongText
    """Where the figures stand in print."""
    province: AgencyCode
    """The root of the agency tree."""
    period: Period
    seed: int = 0
    """What is drawn is drawn from this number; the same file gives the same lives."""
    published: Published
    percentages: Percentages = Percentages()
    agencies: tuple[AgencyFigures, ...] = ()
    other_agencies: dict[AgencyCode, Annotated[int, Field(gt=0)]] = Field(default_factory=dict)
    """Weights by which agencies without figures share the rest; without any, all others share it evenly."""
    gap: Gap | None = None
    liveliness: Liveliness = Liveliness()

    @model_validator(mode="after")
    def _agencies_once(self) -> Self:
        named = [entry.agency for entry in self.agencies]
        if len(set(named)) != len(named) or not self.other_agencies.keys().isdisjoint(named):
            raise ValueError("an agency stands in `agencies` once, or in `other_agencies`")
        return self
