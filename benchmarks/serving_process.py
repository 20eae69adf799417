"""Serves one application as the embedded system does, in a process of its own.

`bare`: the route that files, with the same body model, token policy and form of answer, and nothing behind
it. `intake` and `stats`: the service on the database that the environment names.
"""

import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, FastAPI, Response

from services.console.gateway import Gateway
from services.console.http_server import EndingServer
from services.intake_service import main as intake
from services.intake_service.api.schemas import FilingBody
from services.intake_service.settings import Settings as IntakeSettings
from services.stats_service import main as stats
from services.stats_service.settings import Settings as StatsSettings
from shared.schemas.lifecycle import DossierStatus, EventType
from shared.web.answers import ActAnswer
from shared.web.app import create_base_app
from shared.web.conditions import RequiredClaim, tag
from shared.web.health import Health
from shared.web.issuer_keys import token_verifier
from shared.web.security import Caller

_CODE = "H41.SCT-230515-0001"
_router = APIRouter(prefix="/v1")


@_router.post("/dossiers", status_code=201)
async def answer_at_once(
    body: FilingBody, _caller: Caller, _: RequiredClaim, response: Response
) -> ActAnswer:
    """Everything that HTTP asks for, and nothing else."""
    body.filing()
    response.headers["Location"] = f"/v1/dossiers/{_CODE}"
    tag(response, 2)
    return ActAnswer(
        code=_CODE,
        version=2,
        status=DossierStatus.ACCEPTED,
        event=EventType.ACCEPTED,
        occurred_at=datetime.now(UTC),
        appointment=None,
        links={"dossier": f"/v1/dossiers/{_CODE}", "case": f"/v1/cases/{_CODE}"},
    )


def _bare() -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
        yield {"verifier": token_verifier(IntakeSettings())}

    return create_base_app(title="Bare", description="", lifespan=lifespan, routers=[_router])


_APPLICATIONS: Mapping[str, Callable[[], Mapping[str, FastAPI]]] = {
    # The gateway gives what is no other service's to intake.
    "bare": lambda: {"intake": _bare()},
    "intake": lambda: {"intake": intake.create_app(IntakeSettings())},
    "stats": lambda: {"stats": stats.create_app(StatsSettings())},
}

if __name__ == "__main__":
    kind, descriptor = sys.argv[1:]
    health = Health(Gateway(_APPLICATIONS[kind]()), [], process=kind)
    EndingServer(health, drain_seconds=0).run(sockets=[socket.socket(fileno=int(descriptor))])
