"""The HTTP application of statistics."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.stats_service.api import closed_periods, dossiers, reports
from services.stats_service.application.use_cases import UseCases
from services.stats_service.container import build
from services.stats_service.settings import Settings
from shared.web.app import State, create_base_app
from shared.web.issuer_keys import token_verifier


def create_app(settings: Settings) -> FastAPI:
    """The application; it connects when its lifespan begins."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State[UseCases]]:
        async with build(settings, application_name="motcua stats api") as container:
            yield State(use_cases=container.use_cases, verifier=token_verifier(settings))

    return create_base_app(
        title="Statistics",
        description="Reports on any period, agency, field, procedure and channel, down to the dossiers.",
        lifespan=lifespan,
        routers=[closed_periods.router, reports.router, dossiers.router],
    )
