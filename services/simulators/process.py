"""The process of all simulated partners: `python -m services.simulators.process <descriptor> <folder>`.

Each partner has a path of its own and keeps its ledger in the folder. Our accounts with them are those that
the environment gives to the services.
"""

import os
import socket
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from services.simulators.portal.app import create_app as create_portal

_PORTAL_USER, _PORTAL_PASSWORD = "MOTCUA_PROCESSING_PORTAL_USER", "MOTCUA_PROCESSING_PORTAL_PASSWORD"


def create_app(folder: Path) -> Starlette:
    """Every partner under its path."""
    portal = create_portal(
        folder / "portal.sqlite", user=os.environ[_PORTAL_USER], password=os.environ[_PORTAL_PASSWORD]
    )
    return Starlette(routes=[Mount("/portal", portal)])


if __name__ == "__main__":
    handed, place = sys.argv[1:]
    serving = uvicorn.Config(create_app(Path(place)), log_level="warning", access_log=False)
    uvicorn.Server(serving).run(sockets=[socket.socket(fileno=int(handed))])
