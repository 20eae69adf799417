"""Who received what: every agency with its procedures, its received dossiers and how they came in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from services.console.scenario.arithmetic import Settled
from services.console.scenario.schema import AgencyFigures
from services.console.scenario.sharing import CannotShareError, share_out
from shared.schemas.base import AgencyCode
from shared.schemas.lifecycle import Channel
from shared.schemas.reference import Procedure


class CannotPlanError(Exception):
    """The figures add up, but no lives of dossiers lead to them; says which and why."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Procedures of one agency that share figures."""

    agency: AgencyCode
    procedures: tuple[Procedure, ...]
    weights: tuple[int, ...]
    """How often each procedure is asked for, against the others."""
    received: dict[Channel, int]

    @property
    def size(self) -> int:
        """What it received through all channels."""
        return sum(self.received.values())


@dataclass(slots=True)
class _Share:
    agency: AgencyCode
    procedures: list[Procedure]
    received: int
    online: int | None


def pools(settled: Settled, catalogue: Iterable[Procedure], from_day: date, random: Random) -> list[Pool]:
    """Pools whose figures sum to those of the scenario. Raises `CannotPlanError`.

    Procedures count that can be filed on every day since `from_day`, and under the agency of that time.
    """
    offers = _offers(settled, catalogue, from_day)
    shares = [share for entry in settled.scenario.agencies for share in _named(entry, offers)]
    shares += _others(settled, offers)
    for share in shares:
        if share.received and not share.procedures:
            raise CannotPlanError(f"{share.agency} has no procedure for {share.received} of its dossiers")
    shares = [share for share in shares if share.procedures]
    _share_online(settled.values["received_online"], shares, "online dossiers")
    postal = _spread(
        settled.values["received_postal"],
        [share.received for share in shares],
        [_room(share, Channel.POSTAL, share.received - (share.online or 0)) for share in shares],
        "postal dossiers",
    )
    return [
        Pool(share.agency, tuple(share.procedures), _popularity(len(share.procedures), random), channels)
        for share, by_post in zip(shares, postal, strict=True)
        for online in (share.online or 0,)
        for channels in (
            {
                Channel.COUNTER: share.received - online - by_post,
                Channel.ONLINE: online,
                Channel.POSTAL: by_post,
            },
        )
    ]


def _offers(
    settled: Settled, catalogue: Iterable[Procedure], from_day: date
) -> dict[AgencyCode, list[Procedure]]:
    last = settled.scenario.period.last
    undated = bool(settled.values["undated"] or settled.values["undated_open"])
    offers: dict[AgencyCode, list[Procedure]] = {}
    for procedure in sorted(catalogue, key=lambda procedure: procedure.code):
        agency = procedure.competent_on(from_day)
        usable = (
            procedure.duration_known
            and procedure.in_force_on(from_day)
            and procedure.in_force_on(last)
            and agency is not None
            and agency == procedure.competent_on(last)
            and (undated or procedure.cases[0].statutory is not None)
        )
        if usable and agency is not None:
            offers.setdefault(agency, []).append(procedure)
    return offers


def _named(entry: AgencyFigures, offers: dict[AgencyCode, list[Procedure]]) -> list[_Share]:
    """The agency's figures, split by the procedures and fields that have figures of their own."""
    left = list(offers.get(entry.agency, ()))
    shares: list[_Share] = []
    for mix in entry.procedures:
        found = [procedure for procedure in left if procedure.code == mix.procedure]
        if not found:
            raise CannotPlanError(f"{entry.agency} has no procedure {mix.procedure} that can be filed then")
        left.remove(found[0])
        shares.append(_Share(entry.agency, found, mix.received, mix.received_online))
    of_procedures = tuple(shares)
    for field in entry.fields:
        inside = [share for share in of_procedures if share.procedures[0].field == field.field]
        own = [procedure for procedure in left if procedure.field == field.field]
        received = field.received - sum(share.received for share in inside)
        online = field.received_online
        if online is not None:
            online -= sum(share.online or 0 for share in inside)
        if received < 0 or (online or 0) < 0:
            raise CannotPlanError(f"{entry.agency}: procedures of {field.field} received more than the field")
        left = [procedure for procedure in left if procedure not in own]
        shares.append(_Share(entry.agency, own, received, online))
    shares.append(_Share(entry.agency, left, entry.received.value - sum(s.received for s in shares), None))
    if entry.received_online is not None:
        _share_online(entry.received_online.value, shares, f"online dossiers of {entry.agency}")
    return shares


def _others(settled: Settled, offers: dict[AgencyCode, list[Procedure]]) -> list[_Share]:
    named = {entry.agency for entry in settled.scenario.agencies}
    weights = settled.scenario.other_agencies or dict.fromkeys(sorted(offers.keys() - named), 1)
    rest = settled.values["received"] - sum(entry.received.value for entry in settled.scenario.agencies)
    for agency in weights:
        if rest and agency not in offers:
            raise CannotPlanError(f"{agency} has no procedure that can be filed then")
    received = _spread(rest, list(weights.values()), [rest] * len(weights), "dossiers of other agencies")
    return [
        _Share(agency, offers.get(agency, []), n, None) for agency, n in zip(weights, received, strict=True)
    ]


def _share_online(amount: int, shares: Sequence[_Share], what: str) -> None:
    """Give the shares whose online part is unknown what the others leave of `amount`."""
    unknown = [share for share in shares if share.online is None]
    left = amount - sum(share.online or 0 for share in shares)
    parts = _spread(
        left,
        [share.received for share in unknown],
        [_room(share, Channel.ONLINE, share.received) for share in unknown],
        what,
    )
    for share, part in zip(unknown, parts, strict=True):
        share.online = part


def _room(share: _Share, channel: Channel, room: int) -> int:
    return room if any(channel in procedure.channels for procedure in share.procedures) else 0


def _spread(amount: int, weights: Sequence[int], room: Sequence[int], what: str) -> list[int]:
    try:
        return share_out(amount, weights, room)
    except CannotShareError as error:
        raise CannotPlanError(f"{error.left} {what} find no agency with a procedure for them") from error


def _popularity(count: int, random: Random) -> tuple[int, ...]:
    """A few procedures are asked for often, most seldom."""
    weights = [120 // rank for rank in range(1, count + 1)]
    random.shuffle(weights)
    return tuple(max(weight, 1) for weight in weights)
