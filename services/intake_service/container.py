"""Intake's composition root: the only place that knows adapters and use-cases."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from services.intake_service.adapters.catalogue import SqlCatalogueStore
from services.intake_service.adapters.dossier_codes import SqlBlockSource
from services.intake_service.adapters.reference import SqlReferenceStore
from services.intake_service.adapters.store import SqlDossierStore
from services.intake_service.application.acts import DossierAccess, DossierActs
from services.intake_service.application.agencies import AgencyEdits
from services.intake_service.application.calendar import CalendarEdits
from services.intake_service.application.catalogue import Catalogue
from services.intake_service.application.dossier_codes import DossierCodes
from services.intake_service.application.filing import FileDossier
from services.intake_service.application.queries import DossierQueries
from services.intake_service.application.reference import ReferenceData, ReferencePublisher
from services.intake_service.application.use_cases import UseCases
from services.intake_service.domain.lifecycle import LIFECYCLE
from services.intake_service.settings import Settings
from shared.acts import Acts
from shared.clock import business_clock
from shared.contents import ContentStore
from shared.database import connected
from shared.sealing import Sealer


@dataclass(frozen=True, slots=True)
class Container:
    """What a process of intake holds."""

    engine: AsyncEngine
    use_cases: UseCases


@asynccontextmanager
async def build(settings: Settings, *, application_name: str) -> AsyncIterator[Container]:
    """Connect, load the reference data, and let go of everything at the end."""
    async with connected(settings, application_name=application_name, by_key=True) as engine:
        reference = ReferenceData(SqlReferenceStore(engine))
        await reference.refresh()
        yield Container(engine, _use_cases(settings, engine, reference))


def _use_cases(settings: Settings, engine: AsyncEngine, reference: ReferenceData) -> UseCases:
    clock = business_clock(settings.business_clock)
    store = SqlDossierStore(engine)
    access = DossierAccess(reference)
    sealer = Sealer.derived(settings.sealing_key.get_secret_value())
    contents = ContentStore(settings.object_store_url)
    acts = Acts(store=store, lifecycle=LIFECYCLE, access=access, entropy=os.urandom)
    publisher = ReferencePublisher(reference, SqlReferenceStore(engine), clock)
    return UseCases(
        file=FileDossier(
            store=store,
            reference=reference,
            codes=DossierCodes(SqlBlockSource(engine)),
            contents=contents,
            acts=acts,
            sealer=sealer,
            clock=clock,
            lapse_after_days=settings.lapse_after_days,
        ),
        acts=DossierActs(
            acts=acts,
            store=store,
            reference=reference,
            contents=contents,
            clock=clock,
            lapse_after_days=settings.lapse_after_days,
            undo_window=settings.undo_window,
        ),
        queries=DossierQueries(store=store, access=access, reference=reference, sealer=sealer),
        contents=contents,
        reference=reference,
        catalogue=Catalogue(reference, SqlCatalogueStore(engine), publisher, clock),
        calendar=CalendarEdits(reference, publisher),
        agencies=AgencyEdits(reference, publisher),
    )
