"""What may be asked, checked against what is known."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.stats_service.application.ports import Reference, Selection, Split
from services.stats_service.domain.agency_tree import TreeOn
from services.stats_service.domain.cell import Dimension
from services.stats_service.domain.period import Period, View
from shared.errors import RuleViolationError
from shared.schemas.lifecycle import Channel


class By(StrEnum):
    """What the rows of a report are."""

    AGENCY = "agency"
    DESK = "desk"
    FIELD = "field"
    PROCEDURE = "procedure"
    CHANNEL = "channel"
    CELL = "cell"
    """Every combination of all of them."""

    @property
    def tells_apart(self) -> Split:
        """The dimensions that tell the rows apart."""
        return frozenset(Dimension) if self is By.CELL else frozenset({Dimension(self.value)})


@dataclass(frozen=True, slots=True)
class Question:
    """Which dossiers, in which period, as of when. None means all, and now with everything that is known."""

    period: Period
    agency: str | None = None
    desk: str | None = None
    field: str | None = None
    procedure: str | None = None
    channel: Channel | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """A question in terms of what is stored."""

    view: View
    selection: Selection
    tree: TreeOn
    agency: str | None


async def understand(question: Question, reference: Reference, now: datetime) -> Understood:
    """Raises `RuleViolationError` for an agency, desk, field or procedure that nobody knows."""
    view = View.at(question.period, now, question.as_of)
    tree = TreeOn(await reference.agency_tree(), question.period.last)
    if question.agency is not None and question.agency not in tree:
        raise _unknown("agency", question.agency)
    if question.desk is not None and tree.desk_name(question.desk) is None:
        raise _unknown("desk", question.desk)
    if question.field is not None and not await reference.knows_field(question.field):
        raise _unknown("field", question.field)
    if question.procedure is not None and not await reference.knows_procedure(question.procedure):
        raise _unknown("procedure", question.procedure)
    selection = Selection(
        None if question.agency is None else tree.under(question.agency),
        question.desk,
        question.field,
        question.procedure,
        question.channel,
    )
    return Understood(view, selection, tree, question.agency)


_CHANNEL_NAMES: Mapping[str, str] = {
    Channel.COUNTER: "Trực tiếp",
    Channel.ONLINE: "Trực tuyến",
    Channel.POSTAL: "Dịch vụ bưu chính",
}


async def names(by: By, values: Collection[str], tree: TreeOn, reference: Reference) -> Mapping[str, str]:
    """The Vietnamese names of a dimension's values, as far as they are known."""
    match by:
        case By.AGENCY:
            return {value: tree.name(value) for value in values}
        case By.DESK:
            return {value: tree.desk_name(value) or value for value in values}
        case By.PROCEDURE:
            return await reference.procedure_names(values)
        case By.CHANNEL:
            return _CHANNEL_NAMES
        case By.FIELD | By.CELL:
            return {}


def _unknown(name: str, value: str) -> RuleViolationError:
    return RuleViolationError(f"there is no {name} {value}", field=f"query:{name}", rule=f"unknown-{name}")
