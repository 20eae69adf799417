"""Compares what partners show with what they are to show, for the commands of whoever runs the system."""

import asyncio
import time
from datetime import date

from services.processing_service.adapters.portal.records import SqlPortalRecords
from services.processing_service.application.portal.reconciling import Reconciliation, reconcile
from services.processing_service.container import portal_of
from services.processing_service.domain.portal_comparison import REPAIRABLE
from services.processing_service.settings import PortalAccount
from shared.database import create_engine

_PATIENCE_SECONDS = 120.0
_LOOK_SECONDS = 0.2


async def reconcile_portal(dsn: str, account: PortalAccount, day: date | None) -> Reconciliation:
    """Every dossier filed on `day`, or every one. Raises `PortalAwayError`, `PortalUnclearError`."""
    engine = create_engine(dsn, application_name="motcua reconcile", connections=2)
    try:
        async with portal_of(account, engine) as portal:
            return await reconcile(portal, SqlPortalRecords(engine), day)
    finally:
        await engine.dispose()


async def repair_portal(dsn: str, found: Reconciliation) -> int:
    """Have the workers tell the portal again of what differs, and wait; how many are still untold."""
    codes = {each.code for each in found.differences if each.kind in REPAIRABLE}
    engine = create_engine(dsn, application_name="motcua reconcile", connections=1)
    try:
        records = SqlPortalRecords(engine)
        await records.tell_again(codes)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (untold := await records.untold(codes)) and time.monotonic() < deadline:  # noqa: ASYNC110 - databases tell no event
            await asyncio.sleep(_LOOK_SECONDS)
        return untold
    finally:
        await engine.dispose()
