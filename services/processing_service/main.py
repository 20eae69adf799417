"""Processing's HTTP application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.processing_service.api import acts, bulk, cases, contents, personal_data
from services.processing_service.application.use_cases import UseCases
from services.processing_service.container import build
from services.processing_service.settings import Settings
from shared.timers import repeating
from shared.web.app import State, create_base_app
from shared.web.issuer_keys import token_verifier

_REFERENCE_SECONDS = 1.0


def create_app(settings: Settings) -> FastAPI:
    """The application; it connects when its lifespan begins."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State[UseCases]]:
        async with build(settings, application_name="motcua processing api") as container:
            use_cases = container.use_cases
            async with repeating("processing reference", _REFERENCE_SECONDS, use_cases.reference.refresh):
                yield State(use_cases=use_cases, verifier=token_verifier(settings))

    return create_base_app(
        title="Processing",
        description="Every act on a dossier from its acceptance to the hand-over of its result.",
        lifespan=lifespan,
        # What has a fixed path comes before what takes any code in its place.
        routers=[contents.router, bulk.router, cases.router, personal_data.router, acts.router],
    )
