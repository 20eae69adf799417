"""The simulated partners of a demo: one more process beside the services."""

import contextlib
import json
import os
import secrets
import socket
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.console.listening import listen
from services.console.run_folder import RunFolder, write_secret
from services.console.supervisor import Child
from shared.variables import own_prefix

_PORTAL = f"{own_prefix('processing')}PORTAL_"
_USER = "motcua"
_TOLD = "told.json"


@dataclass(frozen=True, slots=True)
class Partners:
    """Where the simulated partners listen, and what the services are told of them."""

    folder: RunFolder
    listener: socket.socket
    environment: Mapping[str, str]

    @property
    def address(self) -> str:
        """Each partner answers under a path of its own."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def child(self, environment: Mapping[str, str]) -> Child:
        """Their process."""
        descriptor = self.listener.fileno()
        command = [
            *(sys.executable, "-m", "services.simulators.process"),
            *(str(descriptor), str(self.folder.partners)),
        ]
        return Child("partners", command, environment, self.folder.logs / "partners.log", (descriptor,))


@contextlib.contextmanager
def partners(folder: RunFolder, our_address: str) -> Iterator[Partners | None]:
    """Partners for a demo; none where the environment names a portal."""
    if f"{_PORTAL}URL" in os.environ:
        yield None
        return
    folder.partners.mkdir(mode=0o700, exist_ok=True)
    with listen("127.0.0.1", 0) as listener:
        told = {
            f"{_PORTAL}URL": f"http://127.0.0.1:{listener.getsockname()[1]}/portal",
            f"{_PORTAL}USER": _USER,
            f"{_PORTAL}PASSWORD": _password(folder),
            f"{own_prefix('processing')}PUBLIC_URL": our_address,
        }
        write_secret(folder.partners / _TOLD, json.dumps(told))
        yield Partners(folder, listener, told)


def told_of_partners(folder: RunFolder) -> Mapping[str, str]:
    """What the services are told of partners: by the environment, else of the folder's simulated ones."""
    file = folder.partners / _TOLD
    simulated: Mapping[str, str] = json.loads(file.read_text()) if file.exists() else {}
    return {**simulated, **os.environ}


def _password(folder: RunFolder) -> str:
    """Kept, for the partners' ledgers are kept too."""
    file = folder.partners / "password"
    if not file.exists():
        write_secret(file, secrets.token_urlsafe(24))
    return file.read_text()
