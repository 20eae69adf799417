"""How refusals are told: by which code, in which language, about which place of the request."""

import inspect
from typing import Any

import pytest
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from shared import errors
from shared.web.app import create_base_app
from shared.web.problems import problem_document, status_of
from tests.support.clients import problem, serving

KINDS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.AppError) and kind is not errors.AppError
]
router = APIRouter()


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str


@router.post("/v1/things")
async def make(body: _Body) -> str:
    return body.name


@router.get("/v1/things")
async def look() -> str:
    raise errors.StaleVersionError("the calendar is at version 3, not 2", current_version=3)


async def ask(method: str, path: str, **request: Any) -> dict[str, Any]:
    app = create_base_app(title="Things", description="", lifespan=_Nothing, routers=[router])
    async with serving(app) as client:
        return problem(await client.request(method, path, **request))


class _Nothing:
    def __init__(self, _: object) -> None: ...
    async def __aenter__(self) -> None: ...
    async def __aexit__(self, *_: object) -> None: ...


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_error_has_a_status_a_code_and_two_titles(kind: type[errors.AppError]) -> None:
    error = kind("why", field="/", rule="a-rule") if kind is errors.RuleViolationError else kind("why")
    assert 400 <= status_of(error) < 600
    english, vietnamese = problem_document(error), problem_document(error, vietnamese=True)
    assert english["title"] != vietnamese["title"]
    assert vietnamese["title"] != errors.AppError.title_vi
    # Calendars and procedures have versions and states too.
    assert "dossier" not in english["title"].lower()
    assert "hồ sơ" not in vietnamese["title"].lower()
    assert english["type"] == f"urn:motcua:problem:{english['code']}"


@pytest.mark.parametrize(
    ("preference", "vietnamese"),
    [
        ("", False),
        ("vi", True),
        ("vi-VN,vi;q=0.9,en;q=0.8", True),
        ("en;q=0.5, vi", True),
        ("en, vi;q=0.9", False),
        ("en-GB,en;q=0.9", False),
        ("vie", False),
        ("vi;q=0", False),
        ("vi;q=much", False),
        ("fr, vi;q=0.1", True),
    ],
)
async def test_the_title_is_in_the_callers_language(preference: str, *, vietnamese: bool) -> None:
    told = await ask("GET", "/v1/things", headers={"Accept-Language": preference})
    assert (told["title"] == errors.StaleVersionError.title_vi) is vietnamese
    nowhere = await ask("GET", "/v1/nowhere", headers={"Accept-Language": preference})
    assert (nowhere["title"] == "Không tìm thấy") is vietnamese
    assert nowhere["code"] == "not-found"


@pytest.mark.parametrize(
    ("body", "pointer", "rule"),
    [
        ('{"name": 1}', "/name", "string_type"),
        ('{"name": "a", "a/b~c": 1}', "/a~1b~0c", "extra_forbidden"),
        ("[]", "/", "model_attributes_type"),
        ("", "/", "missing"),
        ("{", "/", "json_invalid"),
        ('{"name": "a", "name": "b"}', "/", "json_invalid"),
        ('{"name": {"a": 1, "a": 2}}', "/", "json_invalid"),
        ('{"name": "\\ud800"}', "/", "json_invalid"),
        ('{"name": NaN}', "/", "json_invalid"),
    ],
)
async def test_the_place_is_named(body: str, pointer: str, rule: str) -> None:
    told = await ask("POST", "/v1/things", content=body, headers={"Content-Type": "application/json"})
    (found,) = told["errors"]
    assert (found["pointer"], found["rule"]) == (pointer, rule)
    assert found["detail"] in told["detail"]
