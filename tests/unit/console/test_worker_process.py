"""How workers run together and end."""

import asyncio

import pytest

from services.console import worker_process
from services.console.worker_process import EndedEarlyError, run_workers
from shared.settings import BaseServiceSettings

NOTHING = BaseServiceSettings.model_construct()


async def obedient(_: object, stop: asyncio.Event) -> None:
    await stop.wait()


async def test_workers_end_when_they_are_asked_to() -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(
        run_workers({"a": obedient, "b": obedient}, {"a": NOTHING, "b": NOTHING}, stop)
    )
    await asyncio.sleep(0)
    stop.set()
    await running


async def test_what_does_not_end_in_time_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_process, "_FINISH_SECONDS", 0.01)
    undone = []

    async def stubborn(_: object, _stop: asyncio.Event) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            undone.append("let go")

    stop = asyncio.Event()
    stop.set()
    await run_workers({"a": stubborn}, {"a": NOTHING}, stop)
    assert undone == ["let go"]


async def test_a_worker_that_ends_unasked_or_fails_ends_all() -> None:
    async def brief(_: object, _stop: asyncio.Event) -> None:
        await asyncio.sleep(0)

    async def slow(_: object, _stop: asyncio.Event) -> None:
        raise TimeoutError

    for worker, reason in ((brief, EndedEarlyError), (slow, TimeoutError)):
        with pytest.raises(ExceptionGroup) as raised:
            await run_workers({"a": worker, "b": obedient}, {"a": NOTHING, "b": NOTHING}, asyncio.Event())
        assert raised.value.subgroup(reason) is not None
