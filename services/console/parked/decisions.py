"""Decisions about parked messages: each dossier's is a transaction of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from services.console.failures import CommandError
from shared.consumer import parking
from shared.errors import NotFoundError, StateConflictError

Engines = Mapping[str, AsyncEngine]
"""Service -> its database."""


@dataclass(frozen=True, slots=True)
class Parked(parking.ParkedEvent):
    """A parked message and whose it is."""

    service: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What becomes of a dossier that is tried again."""

    subject: str
    tried: int
    left: int
    """How many stay parked since they still cannot be read."""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """What becomes of a dossier whose first parked message is given up."""

    subject: str
    sequence: int | None
    """Of the message; None where it does not say it, or was refused."""
    refused: str | None
    """Why it stays parked, if it does."""


async def parked_by(engines: Engines, services: Sequence[str], *, dropped: bool = False) -> list[Parked]:
    """What each of `services` has parked, the oldest first; with `dropped` what was given up."""
    return [
        Parked(**asdict(one), service=service)
        for service in services
        for one in await parking.parked_events(engines[service], service, dropped=dropped)
    ]


async def try_again(
    engine: AsyncEngine, service: str, subjects: Sequence[str] | None, *, dry_run: bool
) -> list[Tried]:
    """Replay `subjects`, or all.

    Raises `CommandError`, with nothing changed, where one has nothing parked.
    """
    parked = await _parked(engine, service, subjects)
    done = []
    for subject, count in parked.items():
        try:
            tried = await parking.replay(engine, service, subject, dry_run=dry_run)
        except NotFoundError:  # somebody else was quicker
            continue
        done.append(Tried(subject, tried, left=max(0, count - tried)))
    return done


async def give_up(
    engine: AsyncEngine, service: str, subjects: Sequence[str], *, because: str, dry_run: bool
) -> list[GivenUp]:
    """Drop the first of each of `subjects`. Raises `CommandError` as `try_again` does."""
    done = []
    for subject in await _parked(engine, service, subjects):
        try:
            sequence = await parking.drop(engine, service, subject, because=because, dry_run=dry_run)
            done.append(GivenUp(subject, sequence, refused=None))
        except (NotFoundError, StateConflictError) as error:
            done.append(GivenUp(subject, None, refused=error.detail))
    return done


async def _parked(engine: AsyncEngine, service: str, subjects: Sequence[str] | None) -> dict[str, int]:
    """How many messages are parked of each of `subjects`, or of all; each is there once, in its order."""
    parked: dict[str, int] = {}
    for one in await parking.parked_events(engine, service):
        parked[one.subject] = parked.get(one.subject, 0) + 1
    if subjects is None:
        return parked
    if missing := [subject for subject in subjects if subject not in parked]:
        raise CommandError(f"{service} has parked nothing of {', '.join(missing)}; nothing was changed.")
    return {subject: parked[subject] for subject in subjects}
