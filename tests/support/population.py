"""Dossiers in every status, filed and brought there over HTTP."""

from collections.abc import Iterable, Mapping
from typing import Any

from shared.schemas.lifecycle import Role
from tests.support.acts_over_http import WHY
from tests.support.small_province import CENTER, OPTIONAL, REQUIRED, TRADE
from tests.support.system import System

PROCEDURE = "1.000001"
CITIZEN, REPRESENTATIVE = "an", "binh"
# From acceptance on: what was done, in which role, with what.
_ROADS: Mapping[str, list[tuple[str, Role, Any]]] = {
    "accepted": [],
    "processing": [("start", Role.CASE_OFFICER, None)],
    "awaiting_supplement": [("supplement-request", Role.CASE_OFFICER, {**WHY, "missing": [OPTIONAL]})],
    "awaiting_payment": [
        ("payment-request", Role.CASE_OFFICER, {"items": [{"name": "lệ phí", "amount": 7}]})
    ],
    "withdrawal_requested": [("withdrawal-request", Role.CITIZEN, {})],
    "closed_without_result": [("return", Role.APPROVER, WHY)],
    "resolved": [("resolution", Role.APPROVER, {"results": ["digest"]})],
    "dispatched": [
        ("resolution", Role.APPROVER, {"results": ["digest"]}),
        ("dispatch", Role.INTAKE_OFFICER, {}),
    ],
    "handed_over": [
        ("resolution", Role.APPROVER, {"results": ["digest"]}),
        ("hand-over", Role.INTAKE_OFFICER, {"means": "counter"}),
    ],
}
_AT_THE_COUNTER: Mapping[str, Any] = {
    "incomplete": {"outcome": "request_completion", "missing": [REQUIRED[0]], **WHY},
    "not_accepted": {"outcome": "refuse", **WHY},
}
STANDINGS = ("submitted", "with_the_post", *_AT_THE_COUNTER, *_ROADS)


def headers_of(system: System, role: Role, *, agency: str = TRADE, desk: str = CENTER) -> dict[str, str]:
    """Of the one who usually acts in a role."""
    if role in {Role.CASE_OFFICER, Role.APPROVER, Role.SUPERVISOR}:
        return system.tokens.headers(role, agency=agency)
    if role is Role.INTAKE_OFFICER:
        return system.tokens.headers(role, desk=desk)
    names = {Role.CITIZEN: CITIZEN, Role.REPRESENTATIVE: REPRESENTATIVE}
    return system.tokens.headers(role, subject=names.get(role))


async def populate(
    system: System, standings: Iterable[str], *, online_by: Role = Role.PORTAL
) -> list[tuple[str, int]]:
    """Code and version of a new dossier in each standing: the citizen's, for `TRADE`.

    They are known to the portal, unless the representative filed those that were not brought to a desk.
    """
    wanted = list(standings)
    (digest,) = await system.upload(b"a document", by=headers_of(system, Role.INTAKE_OFFICER))
    filed = [await _file(system, standing, digest, online_by) for standing in wanted]
    await system.settle()
    return [
        (code, await _walk(system, standing, code, version, digest))
        for standing, (code, version) in zip(wanted, filed, strict=True)
    ]


async def _walk(system: System, standing: str, code: str, version: int, digest: str) -> int:
    for path, role, body in _ROADS.get(standing, ()):
        headers = {"If-Match": f'"{version}"', **system.key()}
        sent = {**body, "results": [digest]} if body and "results" in body else body
        answer = await system.call(
            "POST", f"/v1/cases/{code}/{path}", headers_of(system, role), sent, headers=headers
        )
        assert answer.status_code == 200, answer.text
        version = answer.json()["version"]
    return version


async def _file(system: System, standing: str, digest: str, online_by: Role) -> tuple[str, int]:
    key = system.key()
    online = standing in _ROADS or standing == "submitted"
    body: dict[str, Any] = {
        "procedure": PROCEDURE,
        "channel": "online" if online else "postal" if standing == "with_the_post" else "counter",
        "applicant": {"name": "Nguyễn Văn An", "identity_number": "040090001234"},
        "account": system.tokens.subject(CITIZEN),
        "components": [{"component": code, "digest": digest} for code in REQUIRED],
        "return_by": "post",
        "decision": _AT_THE_COUNTER.get(standing),
    }
    role = online_by if online else Role.INTAKE_OFFICER
    if role is not Role.REPRESENTATIVE:
        body["foreign_number"] = f"DVCQG-{key['Idempotency-Key']}"
    answer = await system.call("POST", "/v1/dossiers", headers_of(system, role), body, headers=key)
    assert answer.status_code == 201, answer.text
    code, version = answer.json()["code"], answer.json()["version"]
    if standing not in _ROADS:
        return code, version
    accepted = await system.call(
        "POST",
        f"/v1/dossiers/{code}/acceptance",
        headers_of(system, Role.INTAKE_OFFICER),
        headers={"If-Match": f'"{version}"'},
    )
    assert accepted.status_code == 200, accepted.text
    return code, int(accepted.json()["version"])
