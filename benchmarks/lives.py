"""Calls that take dossiers through their lives."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.installation import Installation, Measured, named
from benchmarks.load import Answer, Call
from shared.schemas.lifecycle import Role

_LIST = 100

Seen = Mapping[str, Any]
"""The answer to an act: code and version of the dossier."""


def start(measured: Installation, seen: Seen) -> Call:
    """Begin to work on a case."""
    headers = measured.headers(Role.CASE_OFFICER, agency_of(seen))
    return Call("POST", f"/v1/cases/{seen['code']}/start", headers | {"If-Match": f'"{seen["version"]}"'})


def read(measured: Installation, seen: Seen) -> Call:
    """Read a case."""
    return Call("GET", f"/v1/cases/{seen['code']}", measured.headers(Role.CASE_OFFICER, agency_of(seen)))


async def resolve(measured: Installation, seen: Iterable[Seen]) -> Measured:
    """Resolve cases in lists."""
    return await _in_lists(measured, "resolution", Role.APPROVER, seen, results=measured.documents[:1])


async def hand_over(measured: Installation, seen: Iterable[Seen]) -> Measured:
    """Hand results over in lists."""
    return await _in_lists(measured, "hand-over", Role.INTAKE_OFFICER, seen, means="counter")


def seen_singly(measured: Measured) -> list[Seen]:
    """What single acts answered."""
    return [answer.body for answer in measured.outcome.answers]


def seen_in_lists(measured: Measured) -> list[Seen]:
    """What acts in lists answered."""
    return [item["answer"] for answer in measured.outcome.answers for item in _succeeded(answer)]


def agency_of(seen: Seen) -> str:
    """Whose case it is."""
    code: str = seen["code"]
    return code.rsplit("-", 2)[0]


async def _in_lists(
    measured: Installation, act: str, role: Role, seen: Iterable[Seen], **details: Any
) -> Measured:
    by_agency: dict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        by_agency[agency_of(one)].append(one)
    calls = []
    for agency, ones in by_agency.items():
        headers = measured.headers(role, None if role is Role.INTAKE_OFFICER else agency)
        for begin in range(0, len(ones), _LIST):
            items = [
                {"code": one["code"], "version": one["version"], **details}
                for one in ones[begin : begin + _LIST]
            ]
            calls.append(Call("POST", f"/v1/cases/bulk/{act}", headers | named(), {"items": items}))
    return await measured.measure(calls, clients=4)


def _succeeded(answer: Answer) -> Sequence[Mapping[str, Any]]:
    items: Sequence[Mapping[str, Any]] = answer.body["items"]
    for item in items:
        if item["status"] != 200:
            raise ValueError(f"{item['code']}: {item['problem']}")
    return items
