"""What routes are given."""

from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import Field, StringConstraints

from services.stats_service.application.questions import By, Question
from services.stats_service.application.use_cases import UseCases
from services.stats_service.domain.form_06a import Remainder
from services.stats_service.domain.period import Period
from shared.schemas.base import AgencyCode, Day, Moment, ProcedureCode, RequestModel, ShortText, WrittenWhole
from shared.schemas.lifecycle import Channel, Role
from shared.web.security import RequiredRole

READERS = (Role.STATISTICS_READER, Role.ADMINISTRATOR, Role.SUPERVISOR, Role.APPROVER)
QUESTION_RULES = (
    "unknown-agency", "unknown-desk", "unknown-field", "unknown-procedure", "period-reversed",
    "day-out-of-range", "future",
)  # fmt: skip
readers_only = Depends(RequiredRole(*READERS))


# A coroutine: what is none would be run in a thread for every request.
async def _use_cases(request: Request) -> UseCases:
    use_cases: UseCases = request.state.use_cases
    return use_cases


Use = Annotated[UseCases, Depends(_use_cases)]


class QuestionParameters(RequestModel):
    """Which dossiers, in which period. What is left out is not narrowed."""

    first: Annotated[Day, Field(alias="from")]
    """The first day, in Vietnam."""
    last: Annotated[Day, Field(alias="to")]
    """The last day, inclusive."""
    agency: AgencyCode | None = None
    """A competent agency, with all below it in the tree in force on the last day."""
    desk: AgencyCode | None = None
    """The receiving desk."""
    field: ShortText | None = None
    """Lĩnh vực, as the catalogue calls it."""
    procedure: ProcedureCode | None = None
    """The procedure's code."""
    channel: Channel | None = None
    """How dossiers were filed."""
    as_of: Moment | None = None
    """What was recorded later counts for nothing; without it everything that is known counts."""

    def question(self) -> Question:
        """Raises `RuleViolationError` for a period that is none."""
        return Question(
            Period(self.first, self.last),
            agency=self.agency,
            desk=self.desk,
            field=self.field,
            procedure=self.procedure,
            channel=self.channel,
            as_of=self.as_of,
        )


class ReportParameters(QuestionParameters):
    """Of a report."""

    by: By | None = None
    """What the rows are; without it there is only the total row."""


class FormParameters(QuestionParameters):
    """Of an official form."""

    remainder: Remainder | None = None
    """Where the form shows what closed without a result or undated; the installation's setting without it."""


class DossierParameters(QuestionParameters):
    """Of the dossiers behind a figure."""

    counter: Annotated[str, StringConstraints(pattern=r"^[a-z_]{2,40}$")]
    """The code word of the figure, as in a report."""
    limit: Annotated[WrittenWhole, Field(ge=1, le=200)] = 50
    """How many items at the most."""
    cursor: Annotated[str, StringConstraints(max_length=500)] | None = None
    """`next` of the page before."""


ReportQuery = Annotated[ReportParameters, Query()]
FormQuery = Annotated[FormParameters, Query()]
DossierQuery = Annotated[DossierParameters, Query()]
