"""Hands calls out among the processes of a service that say they are ready, as a reverse proxy would."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from random import Random

import aiohttp

_ASK_SECONDS = 0.4
_ANSWER_SECONDS = 2.0


class Balancer:
    """Asks every process how it is, all the time. Who does not answer gets nothing while another does."""

    def __init__(self, addresses: Mapping[str, Sequence[str]], *, seed: int) -> None:
        self._addresses = addresses
        self._random = Random(seed)
        self._ready: set[str] = set()

    def choose(self, service: str) -> str:
        """The address of a process of the service; of any one where none is ready."""
        everybody = self._addresses[service]
        ready = [address for address in everybody if address in self._ready]
        return self._random.choice(ready or everybody)

    def not_ready(self) -> Sequence[str]:
        """The addresses of those that are not."""
        return [
            address for each in self._addresses.values() for address in each if address not in self._ready
        ]

    def drop(self, address: str) -> None:
        """A connection was refused or cut: nothing goes there until it says that it is ready."""
        self._ready.discard(address)

    async def watch(self) -> None:
        """Ask until cancelled."""
        timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
            for each in self._addresses.values():
                for address in each:
                    group.create_task(self._watch_one(session, address))

    async def _watch_one(self, session: aiohttp.ClientSession, address: str) -> None:
        while True:
            ready = False
            with suppress(aiohttp.ClientError, TimeoutError, OSError):
                async with session.get(f"{address}/readyz") as answer:
                    ready = answer.status == 200
            if ready:
                self._ready.add(address)
            else:
                self._ready.discard(address)
            await asyncio.sleep(_ASK_SECONDS)
