"""Requests made up from the OpenAPI documents: right ones, and ones that are wrong in one place.

Whatever is asked, no service fails, every answer is one that its document declares, in the form that it
declares, and what the document forbids is refused with the field and the rule.
"""

import asyncio
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.console.run_folder import RunFolder
from shared.schemas.lifecycle import Role
from tests.support.calendars import at
from tests.support.clients import Tokens
from tests.support.live_system import serving_live
from tests.support.openapi import documents, without_security
from tests.support.population import STANDINGS, headers_of, populate
from tests.support.postgres import PostgresServer
from tests.support.system import running
from tests.support.system_databases import lasting_databases

Operation = APIOperation[Any, Any, Any, Any]
Case = schemathesis.Case[Any]
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
_OPERATIONS = [
    pytest.param(read.ok(), id=read.ok().label)
    for document in documents().values()
    for read in schemathesis.openapi.from_dict(without_security(document)).get_all_operations()
    if isinstance(read, Ok)
]
# As many right requests and as many wrong ones for every operation.
_EXAMPLES = int(os.environ.get("MOTCUA_TEST_REQUESTS", "6"))
_SETTINGS = settings(
    max_examples=_EXAMPLES,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    database=None,
)


@dataclass(frozen=True, slots=True)
class Live:
    """A system with dossiers in every standing, and people who may or may not do what is asked."""

    address: str
    session: requests.Session
    codes: tuple[tuple[str, int], ...]
    people: tuple[Mapping[str, str], ...]


@pytest.fixture(scope="module")
def live(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = RunFolder(tmp_path_factory.mktemp("openapi"))
    tokens = Tokens(folder)
    with lasting_databases(postgres_server) as databases:

        async def prepare() -> tuple[list[tuple[str, int]], list[dict[str, str]], Any]:
            async with running(databases, folder, tokens, at("2023-05-15 09:00")) as system:
                codes = await populate(system, STANDINGS)
                people = [headers_of(system, role) for role in Role if role is not Role.SYSTEM]
                return codes, people, system.settings

        codes, people, told = asyncio.run(prepare())
        with serving_live(told) as address, requests.Session() as session:
            yield Live(address, session, tuple(codes), ({}, *people))


@pytest.mark.parametrize("operation", _OPERATIONS)
def test_right_requests(operation: Operation, live: Live) -> None:
    @_SETTINGS
    @given(operation.as_strategy(GenerationMode.POSITIVE), st.data())
    def ask(case: Case, data: st.DataObject) -> None:
        code, version = data.draw(st.sampled_from(live.codes))
        if "code" in case.path_parameters and "{code}" in case.path and "catalogue" not in case.path:
            case.path_parameters["code"] = code
        if "If-Match" in case.headers:
            case.headers["If-Match"] = f'"{version}"'
        _ask(live, case, data.draw(st.sampled_from(live.people)))

    ask()


@pytest.mark.parametrize("operation", _OPERATIONS)
def test_wrong_requests(operation: Operation, live: Live) -> None:
    @_SETTINGS
    @given(operation.as_strategy(GenerationMode.NEGATIVE), st.sampled_from(live.people))
    def ask(case: Case, by: Mapping[str, str]) -> None:
        _ask(live, case, by)

    ask()


def _ask(live: Live, case: Case, by: Mapping[str, str]) -> None:
    answer = case.call(base_url=live.address, session=live.session, headers=dict(by))
    # To an uploaded file whatever is sent is bytes, so none of it is wrong.
    uploads = case.media_type == "multipart/form-data"
    case.validate_response(
        answer, checks=_CHECKS, excluded_checks=[negative_data_rejection] if uploads else []
    )
    if answer.status_code in {400, 415, 422}:
        assert says_what_is_wrong(answer.json()), answer.text


def says_what_is_wrong(problem: Mapping[str, Any]) -> bool:
    """Whether the field and the rule are named of everything that is wrong."""
    if problem["status"] == 422:
        return problem["code"] == "idempotency-key-reused" or {"field", "rule"} <= problem.keys()
    return bool(problem["errors"]) and all(wrong["pointer"] and wrong["rule"] for wrong in problem["errors"])
