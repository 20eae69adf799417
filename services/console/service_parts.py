"""The services as the console knows them: by their `main`, their `settings` and their `worker`."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.readiness import DatabaseReadiness, revisions
from shared.settings import BaseServiceSettings
from shared.settings_reader import SettingsError, read_settings
from shared.variables import SERVICES

if TYPE_CHECKING:
    from fastapi import FastAPI

_SERVICES = Path(__file__).resolve().parents[1]

WorkerRun = Callable[[Any, asyncio.Event], Awaitable[None]]


def settings_classes() -> Mapping[str, type[BaseServiceSettings]]:
    """Each service's settings class."""
    return {name: _part(name, "settings").Settings for name in SERVICES}


def settings_of_services(services: Sequence[str] = SERVICES) -> Mapping[str, BaseServiceSettings]:
    """Each service's settings, read from the environment.

    Ends the process with status 1 when something is missing or wrong: nothing can be done without them, and
    what is to be mended stands on stderr.
    """
    try:
        return read_settings({name: settings_classes()[name] for name in services})
    except SettingsError as error:
        sys.exit(str(error))


def applications(settings: Mapping[str, BaseServiceSettings]) -> Mapping[str, "FastAPI"]:
    """Each service's HTTP application."""
    return {name: application(own) for name, own in settings.items()}


def application(settings: BaseServiceSettings) -> "FastAPI":
    """A service's HTTP application; nothing is connected before its lifespan begins."""
    app: FastAPI = _part(settings.service, "main").create_app(settings)
    return app


def readiness_of(settings: BaseServiceSettings) -> DatabaseReadiness:
    """Whether a service's database is there with the tables of this program; not connected yet."""
    versions = _SERVICES / f"{settings.service}_service" / "migrations" / "versions"
    return DatabaseReadiness(settings.database_url.get_secret_value(), revisions(versions))


def worker_of(service: str) -> WorkerRun:
    """The service's relay, consumers and timers."""
    run: WorkerRun = _part(service, "worker").run
    return run


def wait_for_go(descriptor: int) -> None:
    """Return when every writer of the pipe has closed it: the databases are ready. At once ever after."""
    os.read(descriptor, 1)
    os.close(descriptor)


def _part(service: str, module: str) -> Any:
    return import_module(f"services.{service}_service.{module}")
