"""Routes answer as the framework would have them answer, and each dependency is asked once."""

from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Body, Cookie, Depends, FastAPI, Header, Path, Query, Request, Response
from httpx2 import AsyncClient
from pydantic import BaseModel
from pydantic import Field as Bounds

from shared.errors import ForbiddenError
from shared.web import problems
from shared.web.app import create_base_app
from tests.support.clients import serving

_asked: list[str] = []


class Thing(BaseModel):
    name: Annotated[str, Bounds(max_length=5)]
    parts: list[int] = []


class Narrowed(BaseModel):
    size: Annotated[int, Bounds(le=9)] = 1
    word: str | None = None


async def who(request: Request) -> str:
    _asked.append("who")
    if "refused" in request.headers:
        raise ForbiddenError("not you")
    return request.headers.get("name", "none")


class _Known:
    async def __call__(self, name: Annotated[str, Depends(who)]) -> str:
        return name.upper()


async def numbered(
    name: Annotated[str, Depends(who)],
    number: Annotated[int, Path(ge=1)],
    seen: Annotated[str, Header(alias="If-Match")],
    weight: Annotated[int, Header(le=9)] = 2,
) -> tuple[str, int, str, int]:
    _asked.append("numbered")
    return name, number, seen, weight


router = APIRouter()


@router.post("/things/all")
async def make_all() -> str:
    return "all"


@router.post("/things/{number}", status_code=201, dependencies=[Depends(who)])
async def make(
    given: Annotated[tuple[Any, ...], Depends(numbered)],
    known: Annotated[str, Depends(_Known())],
    body: Thing,
    response: Response,
    limit: Annotated[int, Query(ge=1)] = 10,
) -> Thing:
    _asked.append("make")
    response.headers["ETag"] = '"1"'
    if limit == 1:
        response.status_code = 200
    return Thing(name=known, parts=[*body.parts, limit, given[1], len(given[2]), given[3]])


@router.get("/things/{number}", response_model=Thing)
async def look(number: int, narrowed: Annotated[Narrowed, Query()]) -> Thing | Response:
    if number == 304:
        return Response(status_code=304, headers={"ETag": '"1"'})
    return Thing(name=narrowed.word or "none", parts=[number, narrowed.size])


@router.put("/things")
async def take(body: Annotated[bytes, Body(media_type="text/csv")]) -> int:
    return len(body)


class _Nothing:
    def __init__(self, _: object) -> None: ...
    async def __aenter__(self) -> None: ...
    async def __aexit__(self, *_: object) -> None: ...


def as_ours() -> FastAPI:
    return create_base_app(title="Things", description="", lifespan=_Nothing, routers=[router])


def as_the_frameworks() -> FastAPI:
    app = FastAPI(lifespan=_Nothing, redirect_slashes=False)
    problems.install(app)
    app.include_router(router)
    return app


async def answer(client: AsyncClient, method: str, path: str, **request: Any) -> tuple[Any, ...]:
    got = await client.request(method, path, **request)
    return got.status_code, got.content, dict(got.headers)


SEEN = {"If-Match": '"1"'}
GOOD = {"json": {"name": "a"}, "headers": SEEN}


@pytest.mark.parametrize(
    ("method", "path", "request_"),
    [
        ("POST", "/things/1", GOOD),
        ("POST", "/things/1?limit=1", GOOD),
        ("POST", "/things/1", {"json": {"name": "a", "parts": [1]}, "headers": SEEN | {"weight": "3"}}),
        ("POST", "/things/0?limit=0", {"json": {"name": "a"}, "headers": SEEN | {"weight": "10"}}),
        ("POST", "/things/x", GOOD),
        ("POST", "/things/1", {"json": {"name": "too long", "parts": ["x"]}, "headers": SEEN}),
        ("POST", "/things/1", {"headers": SEEN}),
        ("POST", "/things/1", {"content": b"", "headers": SEEN | {"content-type": "application/json"}}),
        ("POST", "/things/1", {"json": {"name": "a"}}),
        ("POST", "/things/1", {"json": {"name": "a"}, "headers": {"refused": "yes"}}),
        ("POST", "/things/0", {"json": {}, "headers": {"refused": "yes"}}),
        ("GET", "/things/2", {}),
        ("GET", "/things/2?size=3&word=b", {}),
        ("GET", "/things/2?size=10", {}),
        ("GET", "/things/304", {}),
        ("PUT", "/things", {"content": b"a;b", "headers": {"content-type": "text/csv"}}),
        ("PUT", "/things", {"headers": {"content-type": "text/csv"}}),
        ("POST", "/things/all", {}),
        ("GET", "/things/all", {}),
        ("GET", "/things/1/", {}),
        ("GET", "/things/1/parts", {}),
        ("GET", "/things/1%0A", {}),
    ],
)
async def test_a_request_is_answered_as_the_framework_would(
    method: str, path: str, request_: dict[str, Any]
) -> None:
    async with serving(as_ours()) as ours, serving(as_the_frameworks()) as theirs:
        assert await answer(ours, method, path, **request_) == await answer(theirs, method, path, **request_)


async def test_every_dependency_is_asked_once() -> None:
    _asked.clear()
    async with serving(as_ours()) as client:
        assert (await client.post("/things/1", **GOOD)).status_code == 201  # type: ignore[arg-type]  # keywords
    assert _asked == ["who", "numbered", "make"]


async def test_of_a_wrong_request_nothing_more_is_made() -> None:
    _asked.clear()
    async with serving(as_ours()) as client:
        assert (await client.post("/things/0", **GOOD)).status_code == 400  # type: ignore[arg-type]  # keywords
    assert _asked == ["who"]


def in_a_thread() -> int:
    return 1


async def of_cookies(word: Annotated[str, Cookie()]) -> str:
    return word


@pytest.mark.parametrize("dependency", [in_a_thread, of_cookies])
def test_what_is_not_served_is_refused_at_start(dependency: Any) -> None:
    odd = APIRouter()
    odd.add_api_route("/odd", who, dependencies=[Depends(dependency)])
    with pytest.raises(TypeError, match="must be a coroutine"):
        create_base_app(title="Odd", description="", lifespan=_Nothing, routers=[odd])
