"""Lives of dossiers as callers live them: who asks for what, one act after another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Self

from services.console.replay.papers import Paper, paper
from services.console.replay.people import account_of
from services.console.replay.requests import CENTER_DESK, Actor
from shared.schemas.lifecycle import Channel, HandOverMeans, Role
from shared.schemas.reference import Procedure

CANARY = {
    "name": "Hoàng Chim Yến",
    "identity_number": "040927193618",
    "phone": "+84931927193",
}
"""Whoever applies; found anywhere in the clear, these gave somebody's person away."""

_WHY = {"reason_code": "under_load", "reason": "Theo quy định"}
_FEE = 150_000
_OF_AGENCY = frozenset({Role.CASE_OFFICER, Role.APPROVER})


@dataclass(slots=True)
class Life:
    """A dossier and how far its callers have come with it."""

    number: int
    steps: Sequence["Step"]
    procedure: Procedure
    agency: str
    code: str = ""
    version: int = 0
    done: int = 0
    not_before: float = 0.0
    """When to try again, by the event loop's clock."""
    papers: Sequence[Paper] = field(init=False)

    def __post_init__(self) -> None:
        self.papers = [paper("faults", self.number, name) for name in ("application", "result")]

    @property
    def digest(self) -> str:
        """Of a document that is handed in with this dossier alone."""
        return self.papers[0].digest

    @property
    def missing(self) -> str:
        """The component that comes later, where one does."""
        return self.procedure.components[-1].code

    @property
    def next_step(self) -> "Step | None":
        return self.steps[self.done] if self.done < len(self.steps) else None


@dataclass(frozen=True, slots=True)
class Step:
    """One act. A step without a `place` is the filing."""

    act: str
    role: Role
    body: Callable[[Life], Any] = lambda _: None
    place: str = "/v1/cases"
    wrong: bool = False
    """It must be refused: the dossier does not allow it."""
    may_fail: bool = False
    """Time may have passed that it needed."""
    rivals: bool = False
    """Two officers ask for it at once, and one of them only may get it."""

    def path(self, life: Life) -> str:
        """Where the call goes."""
        return f"{self.place}/{life.code}/{self.act}" if self.place else "/v1/dossiers"

    def actor(self, life: Life) -> Actor:
        """Who calls."""
        if self.role is Role.CITIZEN:
            return Actor(self.role, person=life.number)
        return Actor(self.role, agency=life.agency if self.role in _OF_AGENCY else None)


def _filing(
    channel: Channel, return_by: HandOverMeans, decision: Callable[[Life], Any] | None = None
) -> Callable[[Life], Any]:
    def body(life: Life) -> Any:
        handed_in = life.procedure.components
        decided = decision(life) if decision else None
        if decided and decided["outcome"] == "request_completion":
            handed_in = handed_in[:-1]
        filed = {
            "procedure": life.procedure.code,
            "case": life.procedure.cases[0].code,
            "channel": channel,
            "desk": CENTER_DESK,
            "applicant": CANARY,
            "account": account_of(life.number),
            "components": [{"component": each.code, "digest": life.digest} for each in handed_in],
            "return_by": return_by,
        }
        return filed | ({"decision": decided} if decided else {})

    return body


def _components(life: Life) -> Any:
    return {"components": [{"component": life.missing, "digest": life.digest}]}


_INTAKE = "/v1/dossiers"
FILED_AT_COUNTER = Step(
    "file",
    Role.INTAKE_OFFICER,
    _filing(Channel.COUNTER, HandOverMeans.COUNTER, lambda _: {"outcome": "accept"}),
    place="",
)
_FILED_INCOMPLETE = Step(
    "file",
    Role.INTAKE_OFFICER,
    _filing(
        Channel.COUNTER,
        HandOverMeans.COUNTER,
        lambda life: {"outcome": "request_completion", "missing": [life.missing], **_WHY},
    ),
    place="",
)
_FILED_ONLINE = Step("file", Role.CITIZEN, _filing(Channel.ONLINE, HandOverMeans.ONLINE), place="")
_FILED_BY_POST = Step("file", Role.POSTAL_PARTNER, _filing(Channel.POSTAL, HandOverMeans.POST), place="")
_ARRIVED = Step("arrival", Role.POSTAL_PARTNER, lambda _: {"picked_up": True}, _INTAKE)
_ACCEPTED = Step("acceptance", Role.INTAKE_OFFICER, place=_INTAKE)
_COMPLETED = Step("completion", Role.CITIZEN, _components, _INTAKE)
_REFUSED = Step("refusal", Role.INTAKE_OFFICER, lambda _: _WHY, _INTAKE)
_UNDONE = Step("undo", Role.INTAKE_OFFICER, place=_INTAKE, may_fail=True)
_CANCELLED = Step("cancellation", Role.CITIZEN, place=_INTAKE)
_CLAIMED = Step("claim", Role.CASE_OFFICER, rivals=True)
_STARTED = Step("start", Role.CASE_OFFICER)
_SUPPLEMENT_ASKED = Step(
    "supplement-request", Role.CASE_OFFICER, lambda life: {"missing": [life.missing], **_WHY}
)
_SUPPLEMENTED = Step("supplement", Role.CITIZEN, _components)
_FEE_ASKED = Step(
    "payment-request", Role.CASE_OFFICER, lambda _: {"items": [{"name": "Lệ phí", "amount": _FEE}]}
)
_PAID = Step("payment", Role.PAYMENT_GATEWAY, lambda life: {"amount": _FEE, "reference": f"GD-{life.number}"})
_WITHDRAWAL_ASKED = Step("withdrawal-request", Role.CITIZEN, lambda _: {})
_WITHDRAWN = Step("withdrawal-approval", Role.APPROVER)
_KEPT = Step("withdrawal-refusal", Role.APPROVER, lambda _: _WHY)
_SENT_BACK = Step("return", Role.APPROVER, lambda _: _WHY)
_RESOLVED = Step("resolution", Role.APPROVER, lambda life: {"results": [life.papers[1].digest]})
_DISPATCHED = Step("dispatch", Role.POSTAL_PARTNER, lambda _: {"partner": "vnpost"})
_DELIVERED = Step(
    "hand-over", Role.POSTAL_PARTNER, lambda life: {"means": "post", "proof": f"VN-{life.number}"}
)
_HANDED_OVER = Step("hand-over", Role.INTAKE_OFFICER, lambda _: {"means": "counter"})
_TOO_EARLY = Step("hand-over", Role.INTAKE_OFFICER, lambda _: {"means": "counter"}, wrong=True)

_KINDS: Mapping[Channel, Sequence[Sequence[Step]]] = {
    Channel.COUNTER: (
        (FILED_AT_COUNTER, _STARTED, _TOO_EARLY, _RESOLVED, _HANDED_OVER),
        (FILED_AT_COUNTER, _CLAIMED, _STARTED, _RESOLVED, _HANDED_OVER),
        (FILED_AT_COUNTER, _STARTED, _SUPPLEMENT_ASKED, _SUPPLEMENTED, _RESOLVED, _HANDED_OVER),
        (_FILED_INCOMPLETE, _COMPLETED, _ACCEPTED, _STARTED, _SENT_BACK),
    ),
    Channel.ONLINE: (
        # The system hands these over by itself, once the decision cannot be undone any more.
        (_FILED_ONLINE, _ACCEPTED, _STARTED, _FEE_ASKED, _PAID, _RESOLVED),
        (_FILED_ONLINE, _ACCEPTED, _WITHDRAWAL_ASKED, _WITHDRAWN),
        (_FILED_ONLINE, _ACCEPTED, _STARTED, _WITHDRAWAL_ASKED, _KEPT, _RESOLVED),
        (_FILED_ONLINE, _REFUSED, _UNDONE, _ACCEPTED, _CLAIMED),
        (_FILED_ONLINE, _CANCELLED),
    ),
    Channel.POSTAL: ((_FILED_BY_POST, _ARRIVED, _ACCEPTED, _STARTED, _RESOLVED, _DISPATCHED, _DELIVERED),),
}
_SHARES = {Channel.COUNTER: 5, Channel.ONLINE: 4, Channel.POSTAL: 1}


def lives(procedures: Sequence[tuple[Procedure, str]], seed: int) -> "LifeSource":
    """Lives without end, the same ones for the same seed. Procedures come with their agencies."""
    return LifeSource(procedures, Random(seed))


class LifeSource:
    """Draws the next life."""

    def __init__(self, procedures: Sequence[tuple[Procedure, str]], random: Random) -> None:
        self._procedures = procedures
        self._random = random
        self._number = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Life:
        self._number += 1
        (channel,) = self._random.choices(list(_SHARES), list(_SHARES.values()))
        offered = [each for each in self._procedures if channel in each[0].channels]
        procedure, agency = self._random.choice(offered)
        return Life(self._number, self._random.choice(_KINDS[channel]), procedure, agency)
