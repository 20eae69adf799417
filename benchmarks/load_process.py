"""The client's process: reads a job from standard input, makes its calls, writes the outcome."""

import asyncio
import os
import sys
import time
from collections.abc import Iterator, Sequence

import aiohttp
import uvloop

from benchmarks.load import JOB, OUTCOME, Answer, Call, Job, Outcome


async def run(job: Job) -> Outcome:
    """Make the calls and take the times."""
    connector = aiohttp.TCPConnector(limit=job.clients)
    async with aiohttp.ClientSession(job.address, connector=connector) as session:
        answers: list[Answer] = []
        began, used = time.monotonic(), time.process_time()
        if job.rate is None:
            calls = iter(job.calls)
            await asyncio.gather(*(_one_after_another(session, calls, answers) for _ in range(job.clients)))
        else:
            await _at_rate(session, job.calls, job.rate, answers)
        return Outcome(time.monotonic() - began, time.process_time() - used, answers)


async def _one_after_another(
    session: aiohttp.ClientSession, calls: Iterator[Call], answers: list[Answer]
) -> None:
    answers += [await _make(session, call, time.monotonic()) for call in calls]


async def _at_rate(
    session: aiohttp.ClientSession, calls: Sequence[Call], rate: float, answers: list[Answer]
) -> None:
    # Latency counts from the moment a call was due: a client that waits for a slow answer hides others.
    began = time.monotonic()

    async def later(number: int, call: Call) -> None:
        due_at = began + number / rate
        await asyncio.sleep(due_at - time.monotonic())
        answers.append(await _make(session, call, due_at))

    await asyncio.gather(*(later(number, call) for number, call in enumerate(calls)))


async def _make(session: aiohttp.ClientSession, call: Call, due_at: float) -> Answer:
    form = None
    if call.files:
        form = aiohttp.FormData()
        for size in call.files:
            form.add_field("files", os.urandom(size), filename="document.pdf")
    async with session.request(
        call.method, call.path, headers=call.headers, json=call.body, data=form
    ) as answer:
        body = await answer.json(content_type=None)
        return Answer(answer.status, body, due_at, time.monotonic())


if __name__ == "__main__":
    outcome = uvloop.run(run(JOB.validate_json(sys.stdin.buffer.read())))
    # Buffered even where the environment asks for none: a bare write may stop in the middle.
    with open(sys.stdout.fileno(), "wb", closefd=False) as written:
        written.write(OUTCOME.dump_json(outcome))
