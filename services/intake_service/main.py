"""Intake's HTTP application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TypedDict

from fastapi import FastAPI

from services.intake_service.adapters.reference import keep_fresh
from services.intake_service.api import acts, agencies, calendar, catalogue, dossiers, lookups
from services.intake_service.application.use_cases import UseCases
from services.intake_service.container import build
from services.intake_service.settings import Settings
from shared.web.app import create_base_app
from shared.web.issuer_keys import token_verifier
from shared.web.security import TokenVerifier


class State(TypedDict):
    """What every request finds in its state."""

    use_cases: UseCases
    verifier: TokenVerifier


def create_app(settings: Settings) -> FastAPI:
    """The application; it connects when its lifespan begins."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        async with build(settings, application_name="motcua intake api") as container:
            freshness = asyncio.create_task(keep_fresh(container.use_cases.reference))
            try:
                yield State(use_cases=container.use_cases, verifier=token_verifier(settings))
            finally:
                freshness.cancel()
                with suppress(asyncio.CancelledError):
                    await freshness

    return create_base_app(
        title="Intake",
        description="Filing through every channel, acceptance, receipt, catalogue, calendar and agencies.",
        lifespan=lifespan,
        routers=[
            dossiers.router,
            acts.router,
            lookups.router,
            catalogue.router,
            calendar.router,
            agencies.router,
        ],
    )
