"""The public API as a replay sees it, in memory: codes, versions, conditions and keys, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.console.replay.client import Answer
from services.console.replay.papers import Paper


@dataclass
class _Dossier:
    code: str
    history: list[str] = field(default_factory=list)

    @property
    def version(self) -> int:
        return len(self.history)


class ProcessEndedError(Exception):
    """The replay's process ends here."""


class RecordedApi:
    """Stands in for `services.console.replay.client.Client`."""

    def __init__(self) -> None:
        self.dossiers: dict[str, _Dossier] = {}
        self.uploaded: list[str] = []
        self.edits: list[str] = []
        self.in_flight = 0
        self.calls_left: int | None = None
        """After so many more calls the process is interrupted, before it hears the answer."""
        self._answers: dict[str, Answer] = {}

    async def get(self, path: str, token: str | None = None, **parameters: str) -> Answer:
        if path.startswith("/v1/calendar/"):
            return Answer(
                200, {"version": 1 + len(self.edits), "days": [{"date": d} for d in self.edits]}, None
            )
        code = path.split("/")[3]
        after = int(parameters["after"])
        entries = [
            {"sequence": sequence, "action": action}
            for sequence, action in enumerate(self.dossiers[code].history, start=1)
            if sequence > after
        ]
        return Answer(200, {"items": entries}, None)

    async def upload(self, path: str, token: str, papers: Sequence[Paper]) -> None:
        self.uploaded += [paper.digest for paper in papers]

    async def send(
        self,
        method: str,
        path: str,
        token: str,
        body: Mapping[str, Any] | None,
        *,
        key: str | None = None,
        version: int | None = None,
    ) -> Answer:
        self.in_flight += 1
        try:
            answer = self._answered(path, body, key, version)
        finally:
            self.in_flight -= 1
        if self.calls_left is not None:
            self.calls_left -= 1
            if self.calls_left < 0:
                raise ProcessEndedError
        return answer

    def moved_by_others(self, code: str) -> None:
        """A timer or a newer calendar writes an entry."""
        self.dossiers[code].history.append("recompute")

    def _answered(
        self, path: str, body: Mapping[str, Any] | None, key: str | None, version: int | None
    ) -> Answer:
        if key is not None and key in self._answers:
            return self._answers[key]
        if path.startswith("/v1/calendar/days/"):
            self.edits.append(path.rsplit("/", 1)[1])
            return Answer(200, {"version": 1 + len(self.edits)}, None)
        if "/bulk/" in path and body is not None:
            action = path.rsplit("/", 1)[1]
            return Answer(200, {"items": [self._item(action, item) for item in body["items"]]}, None)
        if path == "/v1/dossiers":
            code = f"H41.X-230515-{1 + len(self.dossiers):04d}"
            self.dossiers[code] = _Dossier(code, ["file"])
            answer = Answer(201, {"code": code, "version": 1}, None)
        else:
            _, _, _, code, action = path.split("/")
            answer = self._act(code, action, version)
        if key is not None and answer.status < 300:
            self._answers[key] = answer
        return answer

    def _item(self, action: str, item: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._act(item["code"], action, item["version"])
        return {"code": item["code"], "status": answer.status, "answer": answer.document}

    def _act(self, code: str, action: str, version: int | None) -> Answer:
        dossier = self.dossiers[code]
        if version != dossier.version:
            return Answer(412, {"current_version": dossier.version}, None)
        dossier.history.append(_ACTIONS.get(action, action.replace("-", "_")))
        return Answer(200, {"code": code, "version": dossier.version}, None)

    def story(self) -> dict[str, list[str]]:
        """What happened to every dossier."""
        return {code: dossier.history for code, dossier in self.dossiers.items()}


_ACTIONS = {
    "acceptance": "accept",
    "resolution": "resolve",
    "return": "send_back",
    "supplement-request": "request_supplement",
    "supplement": "provide_supplement",
    "payment-request": "request_payment",
    "payment": "confirm_payment",
    "withdrawal-request": "request_withdrawal",
    "withdrawal-approval": "approve_withdrawal",
    "withdrawal-refusal": "decline_withdrawal",
    "apology": "apologise",
    "completion-request": "request_completion",
    "completion": "complete",
    "refusal": "refuse",
    "cancellation": "cancel",
    "arrival": "register_arrival",
    "hand-over": "hand_over",
}
