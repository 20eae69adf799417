"""The dossiers behind a figure."""

from fastapi import APIRouter

from services.stats_service.api.dependencies import QUESTION_RULES, DossierQuery, Use, readers_only
from services.stats_service.api.schemas import CountedDossierView, dossier_view
from services.stats_service.application.ports import Place
from shared.web.documented_answers import problem_responses
from shared.web.pages import Page, decode_cursor, encode_cursor, page_of
from shared.web.security import Caller

router = APIRouter(
    prefix="/v1/statistics",
    tags=["Drill-down"],
    dependencies=[readers_only],
    responses=problem_responses(403, rules=[*QUESTION_RULES, "unknown-counter"]),
)


@router.get("/dossiers")
async def list_counted_dossiers(query: DossierQuery, use: Use, caller: Caller) -> Page[CountedDossierView]:
    """The dossiers that a figure counts, agency by agency; what they add sums up to the figure."""
    key = decode_cursor(query.cursor, str, str)
    found = await use.drill_down(
        caller,
        query.question(),
        query.counter,
        after=None if key is None else Place(*map(str, key)),
        limit=query.limit + 1,
    )
    return page_of(found, query.limit, dossier_view, lambda last: encode_cursor(last.cell.agency, last.code))
