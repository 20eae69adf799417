"""The official forms, filled from a report."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.stats_service.application.questions import By, Question
from services.stats_service.application.reports import BuildReport, Report
from services.stats_service.domain.form_06a import FormRow, Remainder, form_row, warnings_for

TOTAL_FIELD = "Tổng cộng"


@dataclass(frozen=True, slots=True)
class FilledForm:
    """Form II.06a: a row a field, their sum, and what has to be printed under it."""

    report: Report
    setting: Remainder
    rows: Sequence[FormRow]
    total: FormRow
    warnings: Sequence[str]


class FillForm06a:
    """Fills form II.06a/VPCP/KSTT."""

    def __init__(self, build_report: BuildReport, default: Remainder) -> None:
        self._build_report = build_report
        self._default = default

    async def __call__(self, question: Question, setting: Remainder | None = None) -> FilledForm:
        """Raises `RuleViolationError` for what cannot be asked."""
        chosen = setting or self._default
        report = await self._build_report(question, By.FIELD)
        rows = [form_row(row.name, row.figures, chosen) for row in report.rows]
        total = form_row(TOTAL_FIELD, report.total, chosen)
        return FilledForm(report, chosen, rows, total, warnings_for(chosen, rows))
