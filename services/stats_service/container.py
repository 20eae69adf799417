"""The composition root of statistics: the only place that knows adapters and use-cases."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from services.stats_service.adapters.arrivals import SqlArrivals
from services.stats_service.adapters.closed_periods import SqlClosedPeriods
from services.stats_service.adapters.dossiers import SqlDossierFinder
from services.stats_service.adapters.ledger import SqlLedger
from services.stats_service.adapters.reference import SqlReference
from services.stats_service.application.closing import ClosingPeriods
from services.stats_service.application.drill_down import DrillDown
from services.stats_service.application.official_forms import FillForm06a
from services.stats_service.application.reports import BuildReport
from services.stats_service.application.use_cases import UseCases
from services.stats_service.settings import Settings
from shared.clock import Clock, business_clock
from shared.database import connected


@dataclass(frozen=True, slots=True)
class Container:
    """What a process of statistics holds."""

    engine: AsyncEngine
    use_cases: UseCases


@asynccontextmanager
async def build(settings: Settings, *, application_name: str) -> AsyncIterator[Container]:
    """Connect, and let go of everything at the end."""
    async with connected(settings, application_name=application_name) as engine:
        yield Container(engine, use_cases(settings, engine, business_clock(settings.business_clock)))


def use_cases(settings: Settings, engine: AsyncEngine, clock: Clock) -> UseCases:
    """The use-cases on a database."""
    reference, arrivals, ledger = SqlReference(engine), SqlArrivals(engine), SqlLedger(engine)
    closed_periods = SqlClosedPeriods(engine, ledger)
    build_report = BuildReport(ledger, reference, arrivals, closed_periods, clock)
    return UseCases(
        build_report=build_report,
        fill_form_06a=FillForm06a(build_report, settings.form_06a_remainder),
        drill_down=DrillDown(ledger, SqlDossierFinder(engine), reference, clock),
        closing=ClosingPeriods(closed_periods, arrivals, clock, undo_window=settings.undo_window),
    )
