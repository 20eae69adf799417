"""Every act of both lifecycles as a request: its path, and a body that fits the dossier as it stands."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from services.intake_service.domain.lifecycle import LIFECYCLE as INTAKE
from services.processing_service.domain.lifecycle import LIFECYCLE as PROCESSING
from shared.clock import local_date
from shared.schemas.lifecycle import Action
from tests.support.small_province import AGENCIES, OPTIONAL, REQUIRED

LIFECYCLES = {"intake": INTAKE, "processing": PROCESSING}
WHY = {"reason_code": "for_the_test", "reason": "Vì bài kiểm tra"}

View = Mapping[str, Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]
Body = Callable[[View, Draw, datetime, str], Any]
"""Of the dossier as read, at a moment, with the digest of a stored document."""


def _nothing(view: View, draw: Draw, now: datetime, digest: str) -> Any:
    return None


def _why(view: View, draw: Draw, now: datetime, digest: str) -> Any:
    return WHY


def _arrival(view: View, draw: Draw, now: datetime, digest: str) -> Any:
    before = draw(st.sampled_from([None, 5, 60, 3 * 24 * 60]))
    arrived_at = None if before is None else (now - timedelta(minutes=before)).isoformat()
    return {"arrived_at": arrived_at, "picked_up": draw(st.booleans())}


def _missing(view: View, draw: Draw, now: datetime, digest: str) -> Any:
    return {**WHY, "missing": draw(st.sampled_from([[REQUIRED[1]], [OPTIONAL], [*REQUIRED]]))}


def _components(missing: Any, draw: Draw, digest: str) -> Any:
    copies = st.sampled_from([{"digest": digest}, {"digest": None}, {"digest": digest, "reused": True}])
    return {"components": [{"component": one, **draw(copies)} for one in missing]}


def _completion(view: View, draw: Draw, now: datetime, digest: str) -> Any:
    return _components(view["missing"] or [REQUIRED[0]], draw, digest)


def _supplement_request(view: View, draw: Draw, now: datetime, digest: str) -> Any:
    days = draw(st.sampled_from([None, 1, 20]))
    respond_by = None if days is None else (local_date(now) + timedelta(days=days)).isoformat()
    return {**WHY, "missing": ["plan"], "respond_by": respond_by}


def _supplement(view: View, draw: Draw, now: datetime, digest: str) -> Any:
    return _components((view["supplement"] or {"missing": ["plan"]})["missing"], draw, digest)


def _payment(view: View, draw: Draw, now: datetime, digest: str) -> Any:
    before = draw(st.sampled_from([None, 10, 26 * 60, 4 * 24 * 60]))
    paid_at = None if before is None else (now - timedelta(minutes=before)).isoformat()
    due = (view["payment"] or {"amount": 7})["amount"]
    return {"amount": due, "reference": "BL-1", "effective_at": paid_at}


def _results(view: View, draw: Draw, now: datetime, digest: str) -> Any:
    return {"results": [] if view["procedure"] == "1.000003" else [digest]}


def _apology(view: View, draw: Draw, now: datetime, digest: str) -> Any:
    return {**WHY, "promised_on": (local_date(now) + timedelta(days=draw(st.integers(1, 40)))).isoformat()}


def _transfer(view: View, draw: Draw, now: datetime, digest: str) -> Any:
    return {**WHY, "to_agency": draw(st.sampled_from(AGENCIES))}


def _hand_over(view: View, draw: Draw, now: datetime, digest: str) -> Any:
    if view["with_post"]:
        return {"means": "post", "proof": "VN-1"}
    return {"means": draw(st.sampled_from(["counter", "online"]))}


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
        Action.ASSIGN: ("assignment", lambda *_: {"assignee": "urn:test|lan"}),
        Action.CLAIM: ("claim", _nothing),
        Action.START: ("start", _nothing),
        Action.REQUEST_SUPPLEMENT: ("supplement-request", _supplement_request),
        Action.PROVIDE_SUPPLEMENT: ("supplement", _supplement),
        Action.CANCEL_SUPPLEMENT_REQUEST: ("supplement-request-cancellation", _why),
        Action.REQUEST_PAYMENT: ("payment-request", lambda *_: {"items": [{"name": "lệ phí", "amount": 7}]}),
        Action.CONFIRM_PAYMENT: ("payment", _payment),
        Action.REQUEST_WITHDRAWAL: ("withdrawal-request", lambda *_: {}),
        Action.APPROVE_WITHDRAWAL: ("withdrawal-approval", _nothing),
        Action.DECLINE_WITHDRAWAL: ("withdrawal-refusal", _why),
        Action.SEND_BACK: ("return", _why),
        Action.RESOLVE: ("resolution", _results),
        Action.APOLOGISE: ("apology", _apology),
        Action.TRANSFER: ("transfer", _transfer),
        Action.DISPATCH: ("dispatch", lambda *_: {"partner": "vnpost"}),
        Action.RETURN_FROM_POST: ("dispatch-return", lambda *_: {}),
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


def actions_of(service: str) -> tuple[Action, ...]:
    """What people can ask for, in whatever status."""
    return tuple(_BODIES[service])


def path_of(service: str, code: str, action: Action) -> str:
    """Where to ask."""
    prefix = "/v1/cases" if service == "processing" else "/v1/dossiers"
    return f"{prefix}/{code}/{_BODIES[service][action][0]}"


def body_of(service: str, action: Action, view: View, draw: Draw, now: datetime, digest: str) -> Any:
    """What to send."""
    return _BODIES[service][action][1](view, draw, now, digest)
