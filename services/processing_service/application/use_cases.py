"""Everything that processing does, as its edges receive it."""

from dataclasses import dataclass

from services.processing_service.application.acts import CaseActs
from services.processing_service.application.calendar_changes import RecomputeAppointments
from services.processing_service.application.online_results import HandOverOnline
from services.processing_service.application.ports import Contents
from services.processing_service.application.queries import CaseQueries
from services.processing_service.application.reference import ReferenceData


@dataclass(frozen=True, slots=True)
class UseCases:
    """Built once per process by the container."""

    acts: CaseActs
    queries: CaseQueries
    recompute: RecomputeAppointments
    hand_over_online: HandOverOnline
    contents: Contents
    reference: ReferenceData
