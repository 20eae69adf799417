"""What statistics answer. The words of the figures are made from their declarations."""

from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import Field, create_model

from services.stats_service.application.closing import Amended
from services.stats_service.application.official_forms import FilledForm
from services.stats_service.application.ports import ClosedPeriod, Correction, CountedDossier
from services.stats_service.application.reports import Report, Row
from services.stats_service.domain.figures import FIGURES, Figures
from services.stats_service.domain.form_06a import COLUMN_TITLES, FormRow, Remainder
from services.stats_service.domain.percentages import SHARES, percentages_of
from shared.schemas.base import AnswerModel, Moment

_Model = TypeVar("_Model", bound=AnswerModel)


class PercentageView(AnswerModel):
    """A share with what is divided by what."""

    value: Decimal | None
    """Two decimals, half up; null where there is nothing to divide by."""
    text: str
    """As it is printed: `96.57`, or `n/a`."""
    numerator: int
    denominator: int
    numerator_is: str
    """The sum of figures that is divided."""
    denominator_is: str


class RowHead(AnswerModel):
    """A row, with every figure by its code word beside these."""

    agency: str | None = None
    desk: str | None = None
    field: str | None = None
    procedure: str | None = None
    channel: str | None = None
    name: str
    """The Vietnamese name of what tells the row apart."""
    percentages: dict[str, PercentageView] = Field(description=", ".join(share.name for share in SHARES))


class ProblemView(AnswerModel):
    """An identity that does not hold."""

    row: str
    identity: str
    left: int
    right: int


class ReportHead(AnswerModel):
    """A report; the figures beside these, by their code words, are those of the total row."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    agency: str | None
    desk: str | None
    field: str | None
    procedure: str | None
    channel: str | None
    by: str | None
    as_of: Moment | None
    percentages: dict[str, PercentageView] = Field(description=", ".join(share.name for share in SHARES))
    publishable: bool
    """False when an identity breaks; then `problems` says which."""
    problems: list[ProblemView]
    provisional: list[str]
    """Why figures may still change; empty when all that belongs to the period has arrived."""


def _with_figures(name: str, head: type[_Model], **more: Any) -> type[_Model]:
    figures: dict[str, Any] = {
        figure.name: (int, Field(description=f"{figure.vi}: {figure.en}")) for figure in FIGURES.values()
    }
    return create_model(name, __base__=head, __doc__=head.__doc__, **figures, **more)


RowView = _with_figures("RowView", RowHead)
ReportView = _with_figures("ReportView", ReportHead, rows=(list[RowView], ...))  # type: ignore[valid-type]


class FormRowView(AnswerModel):
    """A row of the form."""

    field: str
    columns: dict[int, int]
    """By the number printed over the column, 3 to 13."""
    remainder: dict[str, int]
    """N by its parts: what closed without a result or undated in the period."""
    inside_12: dict[str, int]
    """What column 12 holds that is not simply in time."""
    inside_6: dict[str, int]
    """What other agencies gave and took while open; zero for a whole province."""
    identity: str
    holds: bool


class FormView(AnswerModel):
    """Form II.06a/VPCP/KSTT as data."""

    form: str
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    remainder: Remainder
    titles: dict[int, str]
    rows: list[FormRowView]
    total: FormRowView
    warnings: list[str]
    publishable: bool
    problems: list[ProblemView]
    provisional: list[str]


class CountedDossierView(AnswerModel):
    """A dossier behind a figure."""

    code: str
    agency: str
    desk: str
    field: str
    procedure: str
    channel: str
    n: int
    """What it adds to the figure: more than 1 for components, negative for what is taken off."""


class ClosedPeriodView(AnswerModel):
    """A closed period."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    closed_at: Moment
    digest: str
    """SHA-256 of the document, in hex."""
    figures: dict[str, int]
    """The total row at the moment of closing."""


class AmendedPeriodView(ClosedPeriodView):
    """A closed period and what has changed since."""

    corrected_by: dict[str, int]
    """The sum of all corrections, figure by figure; empty while there is none."""


class CorrectionView(AnswerModel):
    """What later events of one dossier changed in a closed period."""

    code: str
    figures: dict[str, int]


def report_view(report: Report) -> ReportHead:
    """The report as JSON has it."""
    question = report.question
    return ReportView.model_validate(
        {
            **report.total,
            "from": question.period.first,
            "to": question.period.last,
            "agency": question.agency,
            "desk": question.desk,
            "field": question.field,
            "procedure": question.procedure,
            "channel": question.channel,
            "by": report.by,
            "as_of": question.as_of,
            "percentages": _percentages(report.total),
            "rows": [_row(row) for row in report.rows],
            **_quality(report),
        }
    )


def form_view(form: FilledForm) -> FormView:
    """The form as JSON has it."""
    period = form.report.question.period
    return FormView.model_validate(
        {
            "form": "II.06a/VPCP/KSTT",
            "from": period.first,
            "to": period.last,
            "remainder": form.setting,
            "titles": COLUMN_TITLES,
            "rows": [_form_row(row) for row in form.rows],
            "total": _form_row(form.total),
            "warnings": list(form.warnings),
            **_quality(form.report),
        }
    )


def dossier_view(dossier: CountedDossier) -> CountedDossierView:
    """The dossier as JSON has it."""
    return CountedDossierView(code=dossier.code, n=dossier.n, **dossier.cell._asdict())


def correction_view(correction: Correction) -> CorrectionView:
    """The correction as JSON has it."""
    return CorrectionView(code=correction.code, figures=dict(correction.figures))


def _row(row: Row) -> dict[str, Any]:
    return {**row.figures, **row.key, "name": row.name, "percentages": _percentages(row.figures)}


def _form_row(row: FormRow) -> FormRowView:
    return FormRowView.model_validate(row, from_attributes=True)


def _percentages(figures: Figures) -> dict[str, PercentageView]:
    return {
        name: PercentageView(
            value=percentage.value,
            text=percentage.text,
            numerator=percentage.numerator,
            denominator=percentage.denominator,
            numerator_is=percentage.share.numerator,
            denominator_is=percentage.share.denominator,
        )
        for name, percentage in percentages_of(figures).items()
    }


def _quality(report: Report) -> dict[str, Any]:
    return {
        "publishable": report.publishable,
        "problems": [ProblemView.model_validate(one, from_attributes=True) for one in report.problems],
        "provisional": list(report.provisional),
    }


def closed_period_view(closed: ClosedPeriod) -> ClosedPeriodView:
    """The closed period as JSON has it."""
    return ClosedPeriodView.model_validate(_closed(closed))


def amended_period_view(amended: Amended) -> AmendedPeriodView:
    """The closed period with its corrections as JSON has it."""
    return AmendedPeriodView.model_validate(
        {**_closed(amended.closed), "corrected_by": dict(amended.corrected_by)}
    )


def _closed(closed: ClosedPeriod) -> dict[str, Any]:
    return {
        "from": closed.period.first,
        "to": closed.period.last,
        "closed_at": closed.closed_at,
        "digest": closed.digest,
        "figures": dict(closed.total),
    }
