"""Everything that intake does, as its edges receive it."""

from dataclasses import dataclass

from services.intake_service.application.acts import DossierActs
from services.intake_service.application.agencies import AgencyEdits
from services.intake_service.application.calendar import CalendarEdits
from services.intake_service.application.catalogue import Catalogue
from services.intake_service.application.filing import FileDossier
from services.intake_service.application.ports import Contents
from services.intake_service.application.queries import DossierQueries
from services.intake_service.application.reference import ReferenceData


@dataclass(frozen=True, slots=True)
class UseCases:
    """Built once per process by the container."""

    file: FileDossier
    acts: DossierActs
    queries: DossierQueries
    contents: Contents
    reference: ReferenceData
    catalogue: Catalogue
    calendar: CalendarEdits
    agencies: AgencyEdits
