"""What is under way between the services, and what stands still there."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.console.backbone import FOLLOWED, WRITTEN, Backbone
from shared.consumer.parking import parked_events
from shared.consumer.quiescence import Follower, consumer_backlog
from shared.consumer.waiting import WaitingSubject, waiting_subjects
from shared.log.port import LogUnavailableError, UnknownStreamError
from shared.outbox.blocked import BlockedEvent, blocked_events
from shared.outbox.quiescence import outbox_backlog

# What waits for long stands at the head of the outbox. Looking through all of it could take minutes when the
# log was away for hours.
_LOOKED_AT = 10_000
_MOST_WAITING = 1_000
# A new version of the calendar and what was reckoned by it travel apart.
_MOMENT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Outbox:
    """What a service has committed to one stream and the log has not confirmed."""

    service: str
    stream: str
    pending: int
    oldest_age_seconds: float
    blocked: Sequence[BlockedEvent]
    """Of the 10,000 oldest."""


@dataclass(frozen=True, slots=True)
class Group:
    """What the consumers of a service have still to do on one stream."""

    service: str
    stream: str
    unread: int | None
    """None where the log does not say."""
    behind_the_end: int
    """By how much it has read further than the log reaches: events that were confirmed are gone."""
    parked: int
    held: int
    waiting: Sequence[WaitingSubject]
    """The subjects that were held first, at most 1,000."""

    @property
    def stands_still(self) -> bool:
        """Whether something will not go on by itself."""
        held_long = any(one.age_seconds > _MOMENT_SECONDS for one in self.waiting)
        return bool(self.parked or self.behind_the_end or held_long)


@dataclass(frozen=True, slots=True)
class Status:
    """Everything, as it was at about one moment."""

    outboxes: Sequence[Outbox]
    groups: Sequence[Group]
    log_problem: str | None
    """Why the log says nothing, where it does not."""

    @property
    def flows(self) -> bool:
        """Whether the log answers, and nothing is blocked, parked or held for more than a moment."""
        standing = any(outbox.blocked for outbox in self.outboxes)
        return self.log_problem is None and not standing and not any(one.stands_still for one in self.groups)


async def status(backbone: Backbone) -> Status:
    """Look. A log that does not answer is told, for what waits because of it can be seen all the same."""
    outboxes = [
        await _outbox(backbone, service, stream) for service, streams in WRITTEN.items() for stream in streams
    ]
    problem = None
    groups = []
    for service, streams in FOLLOWED.items():
        for stream in streams:
            follower = Follower(backbone.engines[service], service, stream)
            reading: tuple[int | None, int] = None, 0
            if problem is None:
                try:
                    reading = await _reading(backbone, follower)
                except LogUnavailableError as error:
                    problem = f"the log does not answer: {error}"
                except UnknownStreamError as error:
                    problem = f"the log has no stream {error}"
            groups.append(await _group(follower, *reading))
    return Status(outboxes, groups, problem)


async def _outbox(backbone: Backbone, service: str, stream: str) -> Outbox:
    engine = backbone.engines[service]
    backlog = await outbox_backlog(engine, stream)
    blocked = await blocked_events(engine, stream, WRITTEN[service][stream], among=_LOOKED_AT)
    return Outbox(service, stream, backlog.events, backlog.oldest_age_seconds, blocked)


async def _reading(backbone: Backbone, follower: Follower) -> tuple[int, int]:
    """How many events are unread, and by how many positions the group is behind the end."""
    backlog = await consumer_backlog(backbone.log, follower)
    # Asked once more: events that came after the first look may have been read since.
    ends = await backbone.log.end_positions(follower.stream)
    behind = (position - ends.get(partition, 0) for partition, position in backlog.positions.items())
    return backlog.unread, sum(max(0, distance) for distance in behind)


async def _group(follower: Follower, unread: int | None, behind_the_end: int) -> Group:
    engine, service, stream = follower.engine, follower.group, follower.stream
    parked = [one for one in await parked_events(engine, service) if one.stream == stream]
    waiting = await waiting_subjects(engine, service, stream, limit=_MOST_WAITING)
    return Group(
        service,
        stream,
        unread,
        behind_the_end,
        parked=len(parked),
        held=sum(one.events for one in waiting),
        waiting=waiting,
    )
