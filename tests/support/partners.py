"""Simulated partners on a real socket, in a thread of this process."""

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI

from services.simulators.portal.app import create_app

USER, PASSWORD = "motcua", "only for tests"


@dataclass(frozen=True, slots=True)
class Partner:
    """One that listens at `address`."""

    address: str

    def misbehave(self, **how: Any) -> None:
        """From now on; without anything it behaves."""
        httpx2.put(f"{self.address}/simulator/misbehaviour", json=how).raise_for_status()

    def ask(self, service: str, **asked: Any) -> Any:
        """As another client of the portal."""
        account = {"username": USER, "password": PASSWORD}
        session = httpx2.post(f"{self.address}/login", json=account).json()["session"]
        return httpx2.post(f"{self.address}/{service}", json={"session": session, **asked}).json()

    def dossier(self, code: str) -> Any:
        """What the portal shows, with its progress."""
        (found,) = self.ask("TraCuuHoSo", mahoso=code)["result"]
        return found

    def counts(self) -> Mapping[str, int]:
        """How much it shows."""
        counts: Mapping[str, int] = httpx2.get(f"{self.address}/simulator/counts").json()
        return counts


@contextmanager
def simulated_portal(folder: Path, fields: Mapping[str, str]) -> Iterator[Partner]:
    """A portal that knows `fields` by name, with its ledger in `folder`."""
    known = folder / "fields.csv"
    known.write_text("code,name_vi\n" + "".join(f"{code},{name}\n" for name, code in fields.items()))
    app = create_app(folder / "portal.sqlite", user=USER, password=PASSWORD, fields=known)
    with serving(app) as address:
        yield Partner(address)


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The address of a partner."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the partner did not start"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
