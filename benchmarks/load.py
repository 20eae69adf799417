"""Calls over HTTP from a process of its own, whose processor time is its own too."""

import asyncio
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from benchmarks.rows import percentile


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `files` are the sizes of random documents to send as a form instead of JSON."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any = None
    files: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """What the process is to do: all calls, from `clients` at once, or at `rate` a second."""

    address: str
    calls: Sequence[Call]
    clients: int
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; moments are of the machine's monotonic clock, in seconds."""

    status: int
    body: Any
    due_at: float
    answered_at: float

    @property
    def seconds(self) -> float:
        return self.answered_at - self.due_at


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a job came to."""

    seconds: float
    processor_seconds: float
    answers: Sequence[Answer] = field(default=())

    @property
    def rate(self) -> float:
        """Calls a second."""
        return len(self.answers) / self.seconds

    def latency(self, share: float) -> float:
        """Seconds within which `share` of the calls were answered."""
        return percentile([answer.seconds for answer in self.answers], share)


JOB = TypeAdapter(Job)
OUTCOME = TypeAdapter(Outcome)


class CallFailedError(Exception):
    """A call was refused: what was to be measured was not done."""


async def drive(job: Job) -> Outcome:
    """Run `job` to its end. Raises `CallFailedError` unless every call succeeded."""
    client = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "benchmarks.load_process"],
        input=JOB.dump_json(job),
        stdout=subprocess.PIPE,
        check=True,
    )
    outcome = OUTCOME.validate_json(client.stdout)
    for answer in outcome.answers:
        if answer.status >= 400:
            raise CallFailedError(f"{answer.status}: {answer.body}")
    return outcome
