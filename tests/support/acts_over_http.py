"""Every act of both lifecycles as a request: its path, and a body that fits the dossier as it stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from services.intake_service.domain.lifecycle import LIFECYCLE as INTAKE
from services.processing_service.domain.lifecycle import LIFECYCLE as PROCESSING
from shared.clock import local_date
from shared.schemas.lifecycle import Action, Channel, DossierStatus
from tests.support.small_province import AGENCIES, OPTIONAL, REQUIRED, WITHOUT_RESULT

LIFECYCLES = {"intake": INTAKE, "processing": PROCESSING}
WHY = {"reason_code": "for_the_test", "reason": "Vì bài kiểm tra"}


@dataclass(frozen=True, slots=True)
class Situation:
    """What a body depends on."""

    view: Mapping[str, Any]
    """The dossier as read."""
    draw: Callable[[st.SearchStrategy[Any]], Any]
    now: datetime
    digest: str
    """Of a stored document."""

    @property
    def today(self) -> date:
        return local_date(self.now)

    def some_time_ago(self, *minutes: int | None) -> str | None:
        """A moment before now, or none."""
        before = self.draw(st.sampled_from(minutes))
        return None if before is None else (self.now - timedelta(minutes=before)).isoformat()


Body = Callable[[Situation], Any]


def _nothing(_: Situation) -> Any:
    return None


def _why(_: Situation) -> Any:
    return WHY


def _arrival(of: Situation) -> Any:
    return {"arrived_at": of.some_time_ago(None, 5, 60, 3 * 24 * 60), "picked_up": of.draw(st.booleans())}


def _missing(of: Situation) -> Any:
    return {**WHY, "missing": of.draw(st.sampled_from([[REQUIRED[1]], [OPTIONAL], [*REQUIRED]]))}


def _components(missing: Any, of: Situation) -> Any:
    copies = st.sampled_from([{"digest": of.digest}, {"digest": None}, {"digest": of.digest, "reused": True}])
    return {"components": [{"component": one, **of.draw(copies)} for one in missing]}


def _completion(of: Situation) -> Any:
    return _components(of.view["missing"] or [REQUIRED[0]], of)


def _supplement_request(of: Situation) -> Any:
    days = of.draw(st.sampled_from([None, 1, 20]))
    respond_by = None if days is None else (of.today + timedelta(days=days)).isoformat()
    return {**WHY, "missing": [OPTIONAL], "respond_by": respond_by}


def _supplement(of: Situation) -> Any:
    return _components((of.view["supplement"] or {"missing": [OPTIONAL]})["missing"], of)


def _payment(of: Situation) -> Any:
    due = (of.view["payment"] or {"amount": 7})["amount"]
    paid_at = of.some_time_ago(None, None, 10, 26 * 60, 4 * 24 * 60)
    return {"amount": due, "reference": "BL-1", "effective_at": paid_at}


def _results(of: Situation) -> Any:
    return {"results": [] if of.view["procedure"] == WITHOUT_RESULT else [of.digest]}


def _apology(of: Situation) -> Any:
    promised_on = of.today + timedelta(days=of.draw(st.integers(1, 60)))
    return {**WHY, "promised_on": promised_on.isoformat()}


def _transfer(of: Situation) -> Any:
    return {**WHY, "to_agency": of.draw(st.sampled_from(AGENCIES))}


def _hand_over(of: Situation) -> Any:
    if of.view["with_post"]:
        return {"means": "post", "proof": "VN-1"}
    return {"means": of.draw(st.sampled_from(["counter", "online"]))}


_BODIES: Mapping[str, Mapping[Action, tuple[str, Body]]] = {
    "intake": {
        Action.REGISTER_ARRIVAL: ("arrival", _arrival),
        Action.ACCEPT: ("acceptance", _nothing),
        Action.REQUEST_COMPLETION: ("completion-request", _missing),
        Action.COMPLETE: ("completion", _completion),
        Action.REFUSE: ("refusal", _why),
        Action.CANCEL: ("cancellation", _nothing),
        Action.UNDO: ("undo", _nothing),
        Action.ANNUL: ("annulment", _why),
    },
    "processing": {
        Action.ASSIGN: ("assignment", lambda _: {"assignee": "urn:test|lan"}),
        Action.CLAIM: ("claim", _nothing),
        Action.START: ("start", _nothing),
        Action.REQUEST_SUPPLEMENT: ("supplement-request", _supplement_request),
        Action.PROVIDE_SUPPLEMENT: ("supplement", _supplement),
        Action.CANCEL_SUPPLEMENT_REQUEST: ("supplement-request-cancellation", _why),
        Action.REQUEST_PAYMENT: ("payment-request", lambda _: {"items": [{"name": "lệ phí", "amount": 7}]}),
        Action.CONFIRM_PAYMENT: ("payment", _payment),
        Action.REQUEST_WITHDRAWAL: ("withdrawal-request", lambda _: {}),
        Action.APPROVE_WITHDRAWAL: ("withdrawal-approval", _nothing),
        Action.DECLINE_WITHDRAWAL: ("withdrawal-refusal", _why),
        Action.SEND_BACK: ("return", _why),
        Action.RESOLVE: ("resolution", _results),
        Action.APOLOGISE: ("apology", _apology),
        Action.TRANSFER: ("transfer", _transfer),
        Action.DISPATCH: ("dispatch", lambda _: {"partner": "vnpost"}),
        Action.RETURN_FROM_POST: ("dispatch-return", lambda _: {}),
        Action.HAND_OVER: ("hand-over", _hand_over),
        Action.UNDO: ("undo", _nothing),
        Action.ANNUL: ("annulment", _why),
    },
}
IN_LISTS = {
    Action.START: "start",
    Action.RESOLVE: "resolution",
    Action.DISPATCH: "dispatch",
    Action.HAND_OVER: "hand-over",
    Action.SEND_BACK: "return",
    Action.TRANSFER: "transfer",
}
"""What processing does in lists, and under which name."""
_ONWARD = {
    DossierStatus.SUBMITTED: Action.ACCEPT,
    DossierStatus.INCOMPLETE: Action.COMPLETE,
    DossierStatus.NOT_ACCEPTED: Action.ANNUL,
    DossierStatus.ACCEPTED: Action.RESOLVE,
    DossierStatus.PROCESSING: Action.RESOLVE,
    DossierStatus.AWAITING_SUPPLEMENT: Action.PROVIDE_SUPPLEMENT,
    DossierStatus.AWAITING_PAYMENT: Action.CONFIRM_PAYMENT,
    DossierStatus.WITHDRAWAL_REQUESTED: Action.DECLINE_WITHDRAWAL,
    DossierStatus.CLOSED_WITHOUT_RESULT: Action.ANNUL,
    DossierStatus.RESOLVED: Action.DISPATCH,
    DossierStatus.HANDED_OVER: Action.HAND_OVER,
}


def actions_of(service: str) -> tuple[Action, ...]:
    """What people can ask for, in whatever status."""
    return tuple(_BODIES[service])


def path_of(service: str, code: str, action: Action) -> str:
    """Where to ask."""
    prefix = "/v1/cases" if service == "processing" else "/v1/dossiers"
    return f"{prefix}/{code}/{_BODIES[service][action][0]}"


def body_of(service: str, action: Action, situation: Situation) -> Any:
    """What to send."""
    return _BODIES[service][action][1](situation)


def onward(view: Mapping[str, Any]) -> Action:
    """What brings a dossier nearer to its end, or back into life."""
    if view["status"] == DossierStatus.SUBMITTED and view["channel"] == Channel.POSTAL:
        return Action.ACCEPT if view["arrived_at"] else Action.REGISTER_ARRIVAL
    if view["status"] == DossierStatus.RESOLVED and view["with_post"]:
        return Action.ANNUL
    return _ONWARD[DossierStatus(view["status"])]
