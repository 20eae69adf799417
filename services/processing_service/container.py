"""Processing's composition root: the only place that knows adapters and use-cases."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from services.processing_service.adapters.openings import open_cases
from services.processing_service.adapters.personal_data import SqlReadLog
from services.processing_service.adapters.portal.calls import CallJournal
from services.processing_service.adapters.portal.link import PortalLink
from services.processing_service.adapters.portal.procedures import SqlProcedures
from services.processing_service.adapters.portal.queue import SqlPortalQueue
from services.processing_service.adapters.reference import SqlReferenceStore
from services.processing_service.adapters.store import SqlCaseStore
from services.processing_service.application.acts import CaseAccess, CaseActs, CaughtUp
from services.processing_service.application.calendar_changes import RecomputeAppointments
from services.processing_service.application.online_results import HandOverOnline
from services.processing_service.application.portal.names import NamesOf
from services.processing_service.application.portal.ports import Portal
from services.processing_service.application.portal.pushing import PushToPortal
from services.processing_service.application.queries import CaseQueries
from services.processing_service.application.reference import ReferenceData
from services.processing_service.application.use_cases import UseCases
from services.processing_service.domain.lifecycle import LIFECYCLE
from services.processing_service.messaging.cases import CasesReaction
from services.processing_service.messaging.portal import PortalReaction
from services.processing_service.messaging.reference import ReferenceReaction
from services.processing_service.settings import PortalAccount, Settings
from shared.acts import Acts
from shared.clock import business_clock
from shared.consumer.port import Reaction
from shared.contents import ContentStore
from shared.database import connected
from shared.sealing import Sealer


@dataclass(frozen=True, slots=True)
class Container:
    """What a process of processing holds."""

    engine: AsyncEngine
    use_cases: UseCases
    reactions: tuple[Reaction, ...]


@asynccontextmanager
async def build(settings: Settings, *, application_name: str) -> AsyncIterator[Container]:
    """Connect, load the reference data, and let go of everything at the end."""
    async with connected(settings, application_name=application_name, by_key=True) as engine:
        reference = ReferenceData(SqlReferenceStore(engine))
        await reference.refresh()
        sealer = Sealer.derived(settings.sealing_key.get_secret_value())
        reactions: tuple[Reaction, ...] = (CasesReaction(open_cases, reference, sealer), ReferenceReaction())
        if settings.portal_url:
            reactions = (*reactions, PortalReaction())
        yield Container(engine, _use_cases(settings, engine, reference, sealer), reactions)


def _use_cases(settings: Settings, engine: AsyncEngine, reference: ReferenceData, sealer: Sealer) -> UseCases:
    clock = business_clock(settings.business_clock)
    store = SqlCaseStore(engine)
    contents = ContentStore(settings.object_store_url)
    caught_up = CaughtUp(settings.catch_up)
    acts = CaseActs(
        acts=Acts(store=store, lifecycle=LIFECYCLE, access=CaseAccess(reference), entropy=os.urandom),
        caught_up=caught_up,
        reference=reference,
        contents=contents,
        sealer=sealer,
        clock=clock,
        undo_window=settings.undo_window,
        answer_time=timedelta(days=settings.supplement_answer_days),
    )
    return UseCases(
        acts=acts,
        queries=CaseQueries(
            store=store,
            reads=SqlReadLog(engine),
            caught_up=caught_up,
            reference=reference,
            contents=contents,
            sealer=sealer,
            clock=clock,
        ),
        recompute=RecomputeAppointments(store=store, acts=acts, reference=reference, clock=clock),
        hand_over_online=HandOverOnline(store=store, acts=acts, clock=clock),
        contents=contents,
        reference=reference,
    )


@asynccontextmanager
async def portal(settings: Settings, engine: AsyncEngine) -> AsyncIterator[Portal | None]:
    """The way to the national portal; none where the settings name no portal."""
    if settings.portal is None:
        yield None
        return
    async with portal_of(settings.portal, engine) as found:
        yield found


@asynccontextmanager
async def portal_of(account: PortalAccount, engine: AsyncEngine) -> AsyncIterator[Portal]:
    """The way to the national portal."""
    import aiohttp  # here alone: an installation without a portal never carries it

    from services.processing_service.adapters.portal.client import HttpPortal

    link = PortalLink(engine, calls_per_second=account.calls_per_second)
    async with aiohttp.ClientSession() as http:
        yield HttpPortal(http, link, CallJournal(engine), account)


def push_to_portal(settings: Settings, container: Container, to: Portal) -> PushToPortal:
    """What a worker does again and again."""
    names = NamesOf(
        procedures=SqlProcedures(container.engine), reference=container.use_cases.reference, portal=to
    )
    return PushToPortal(
        queue=SqlPortalQueue(container.engine),
        portal=to,
        names=names,
        sealer=Sealer.derived(settings.sealing_key.get_secret_value()),
        public_url=settings.public_url or "",
    )
