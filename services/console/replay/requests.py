"""Steps of lives as calls of the public API. Pure: a step is the same call whenever it is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.console.replay.papers import Paper, paper
from services.console.replay.people import account_of, applicant, person_of
from services.console.scenario.lives import Life, Step
from shared.schemas.lifecycle import Action, Channel, HandOverMeans, Role
from shared.schemas.reference import Procedure

CENTER_DESK = "H41.TTPVHCC"
_FEE_DONG = 150_000
_REASONS = {
    "papers_missing": "Hồ sơ còn thiếu giấy tờ theo quy định.",
    "outside_competence": "Không thuộc thẩm quyền giải quyết.",
    "conditions_not_met": "Chưa đủ điều kiện theo quy định.",
    "almost_finished": "Hồ sơ sắp có kết quả.",
    "workload": "Số lượng hồ sơ tăng đột biến; xin lỗi và hẹn lại.",
}
_AFTER_ACCEPTANCE = {
    Action.START: "start",
    Action.REQUEST_SUPPLEMENT: "supplement-request",
    Action.PROVIDE_SUPPLEMENT: "supplement",
    Action.REQUEST_PAYMENT: "payment-request",
    Action.CONFIRM_PAYMENT: "payment",
    Action.REQUEST_WITHDRAWAL: "withdrawal-request",
    Action.APPROVE_WITHDRAWAL: "withdrawal-approval",
    Action.DECLINE_WITHDRAWAL: "withdrawal-refusal",
    Action.SEND_BACK: "return",
    Action.RESOLVE: "resolution",
    Action.APOLOGISE: "apology",
    Action.DISPATCH: "dispatch",
    Action.HAND_OVER: "hand-over",
}
_BEFORE_ACCEPTANCE = {
    Action.REGISTER_ARRIVAL: "arrival",
    Action.ACCEPT: "acceptance",
    Action.REQUEST_COMPLETION: "completion-request",
    Action.COMPLETE: "completion",
    Action.REFUSE: "refusal",
    Action.CANCEL: "cancellation",
}
_IN_LISTS = {
    Action.ACCEPT: "/v1/bulk/acceptance",
    Action.START: "/v1/cases/bulk/start",
    Action.RESOLVE: "/v1/cases/bulk/resolution",
    Action.DISPATCH: "/v1/cases/bulk/dispatch",
    Action.HAND_OVER: "/v1/cases/bulk/hand-over",
    Action.SEND_BACK: "/v1/cases/bulk/return",
}
_OF_AGENCY = frozenset({Role.CASE_OFFICER, Role.APPROVER, Role.SUPERVISOR})


@dataclass(frozen=True, slots=True)
class Actor:
    """In which quality somebody calls, and for which agency or as which person."""

    role: Role
    agency: str | None = None
    person: int | None = None


class Requests:
    """Calls for the lives of one scenario."""

    def __init__(self, scenario: str, procedures: Mapping[str, Procedure]) -> None:
        self._scenario = scenario
        self._procedures = procedures
        self._bodies: Mapping[Action, Callable[[Life, Step], dict[str, Any] | None]] = {
            Action.FILE: self._filing,
            Action.REGISTER_ARRIVAL: lambda life, _: {"picked_up": life.number % 2 == 0},
            Action.REQUEST_COMPLETION: lambda life, step: {
                "missing": [self._late_paper(life)],
                **_reasoned(step),
            },
            Action.COMPLETE: lambda life, _: {"components": [self._component(life, self._late_paper(life))]},
            Action.REFUSE: lambda _, step: _reasoned(step),
            Action.REQUEST_SUPPLEMENT: lambda life, step: {
                "missing": [self._late_paper(life)],
                **_reasoned(step),
            },
            Action.PROVIDE_SUPPLEMENT: self._supplement,
            Action.REQUEST_PAYMENT: lambda *_: {"items": [{"name": "Phí, lệ phí", "amount": _FEE_DONG}]},
            Action.CONFIRM_PAYMENT: lambda life, _: {"amount": _FEE_DONG, "reference": f"GD-{life.number}"},
            Action.REQUEST_WITHDRAWAL: lambda *_: {},
            Action.DECLINE_WITHDRAWAL: lambda _, step: _reasoned(step),
            Action.SEND_BACK: lambda _, step: _reasoned(step),
            Action.RESOLVE: lambda life, step: {
                "results": [each.digest for each in self._results(life, step)]
            },
            Action.APOLOGISE: _apology,
            Action.DISPATCH: lambda *_: {"partner": "vnpost"},
            Action.HAND_OVER: _hand_over,
        }

    def actor(self, life: Life, step: Step) -> Actor:
        """Who calls."""
        if step.role in _OF_AGENCY:
            return Actor(step.role, agency=life.agency)
        if step.role is Role.CITIZEN:
            return Actor(step.role, person=person_of(life.number))
        return Actor(step.role)

    def path(self, life: Life, step: Step, code: str | None) -> str:
        """Where the call goes; `code` is that of the dossier, none before it is filed."""
        if step.action is Action.FILE:
            return "/v1/dossiers"
        if step.action in _BEFORE_ACCEPTANCE:
            return f"/v1/dossiers/{code}/{_BEFORE_ACCEPTANCE[step.action]}"
        if step.action is Action.UNDO:
            undone = life.steps[life.steps.index(step) - 1].action
            return f"/v1/{'dossiers' if undone is Action.REFUSE else 'cases'}/{code}/undo"
        return f"/v1/cases/{code}/{_AFTER_ACCEPTANCE[step.action]}"

    def list_path(self, step: Step) -> str | None:
        """Where the act can be done in lists; none where it is done one by one."""
        return _IN_LISTS.get(step.action)

    def body(self, life: Life, step: Step) -> dict[str, Any] | None:
        """What is sent; none for acts that say everything by their path."""
        make = self._bodies.get(step.action)
        return make(life, step) if make else None

    def papers(self, life: Life, step: Step) -> list[Paper]:
        """The documents that have to be stored before the call."""
        match step.action:
            case Action.FILE:
                return [self._paper(life, name) for name in self._handed_in(life, step)]
            case Action.COMPLETE:
                return [self._paper(life, self._late_paper(life))]
            case Action.PROVIDE_SUPPLEMENT:
                return [self._paper(life, f"{self._late_paper(life)} supplemented")]
            case Action.RESOLVE:
                return self._results(life, step)
            case _:
                return []

    def key(self, life: Life, index: int) -> str:
        """The Idempotency-Key of a life's step."""
        return f"replay-{self._scenario}-{life.number}-{index}"

    def _paper(self, life: Life, name: str) -> Paper:
        return paper(self._scenario, life.number, name)

    def _component(self, life: Life, name: str) -> dict[str, str]:
        return {"component": name, "digest": self._paper(life, name).digest}

    def _required(self, life: Life) -> list[str]:
        return [
            component.code for component in self._procedures[life.procedure].components if component.required
        ]

    def _late_paper(self, life: Life) -> str:
        """What is missing, where something is."""
        return self._required(life)[-1]

    def _handed_in(self, life: Life, step: Step) -> list[str]:
        incomplete = any(other.action is Action.COMPLETE for other in life.steps)
        return self._required(life)[: -1 if incomplete else None]

    def _results(self, life: Life, step: Step) -> list[Paper]:
        has_result = self._procedures[life.procedure].has_result
        return [self._paper(life, f"result {step.note or ''}")] if has_result else []

    def _filing(self, life: Life, step: Step) -> dict[str, Any]:
        person = person_of(life.number)
        body: dict[str, Any] = {
            "procedure": life.procedure,
            "case": life.case,
            "channel": life.channel,
            "applicant": applicant(person),
            "account": account_of(person),
            "components": [self._component(life, name) for name in self._handed_in(life, step)],
            "return_by": life.return_by,
        }
        if life.channel is Channel.ONLINE:
            body["foreign_number"] = f"{self._scenario[:40]}/{life.number}"
        match step.note:
            case "accepted":
                body["decision"] = {"outcome": "accept"}
            case "incomplete":
                body["decision"] = {
                    "outcome": "request_completion",
                    "missing": [self._late_paper(life)],
                    **_reason("papers_missing"),
                }
            case "not_accepted":
                body["decision"] = {"outcome": "refuse", **_reason("outside_competence")}
            case _:
                pass
        return body

    def _supplement(self, life: Life, step: Step) -> dict[str, Any]:
        (supplement,) = self.papers(life, step)
        return {"components": [{"component": self._late_paper(life), "digest": supplement.digest}]}


def _reasoned(step: Step) -> dict[str, str]:
    return _reason(str(step.note))


def _reason(code: str) -> dict[str, str]:
    return {"reason_code": code, "reason": _REASONS[code]}


def _apology(_: Life, step: Step) -> dict[str, Any]:
    return {"promised_on": str(step.note), **_reason("workload")}


def _hand_over(life: Life, step: Step) -> dict[str, Any]:
    if step.note == HandOverMeans.POST:
        return {"means": step.note, "proof": f"VNPOST-{life.number}"}
    return {"means": step.note}
