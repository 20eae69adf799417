"""Intake's HTTP application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.intake_service.api import acts, agencies, calendar, catalogue, dossiers, lookups
from services.intake_service.application.use_cases import UseCases
from services.intake_service.container import build
from services.intake_service.settings import Settings
from shared.timers import repeating
from shared.web.app import State, create_base_app
from shared.web.issuer_keys import token_verifier

_REFERENCE_SECONDS = 1.0


def create_app(settings: Settings) -> FastAPI:
    """The application; it connects when its lifespan begins."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State[UseCases]]:
        async with build(settings, application_name="motcua intake api") as container:
            use_cases = container.use_cases
            async with repeating("intake reference", _REFERENCE_SECONDS, use_cases.reference.refresh):
                yield State(use_cases=use_cases, verifier=token_verifier(settings))

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
