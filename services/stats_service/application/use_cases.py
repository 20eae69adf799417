"""Everything that statistics do, as the edges receive it."""

from dataclasses import dataclass

from services.stats_service.application.closing import ClosingPeriods
from services.stats_service.application.drill_down import DrillDown
from services.stats_service.application.official_forms import FillForm06a
from services.stats_service.application.reports import BuildReport


@dataclass(frozen=True, slots=True)
class UseCases:
    """Built once per process by the container."""

    build_report: BuildReport
    fill_form_06a: FillForm06a
    drill_down: DrillDown
    closing: ClosingPeriods
