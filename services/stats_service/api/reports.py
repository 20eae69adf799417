"""Reports and official forms."""

from fastapi import APIRouter

from services.stats_service.api.dependencies import QUESTION_RULES, FormQuery, ReportQuery, Use, readers_only
from services.stats_service.api.schemas import FormView, ReportHead, ReportView, form_view, report_view
from shared.web.documented_answers import problem_responses

router = APIRouter(
    prefix="/v1/reports",
    tags=["Reports"],
    dependencies=[readers_only],
    responses=problem_responses(rules=QUESTION_RULES),
)


@router.get("", response_model=ReportView)
async def get_report(query: ReportQuery, use: Use) -> ReportHead:
    """Every figure of any period, for any part of the agency tree, field, procedure, channel and desk."""
    return report_view(await use.build_report(query.question(), query.by))


@router.get("/form-06a")
async def get_form_06a(query: FormQuery, use: Use) -> FormView:
    """The official report II.06a/VPCP/KSTT: a row a field."""
    return form_view(await use.fill_form_06a(query.question(), query.remainder))
