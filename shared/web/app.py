"""The FastAPI application that every service starts from."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from shared.web import documentation, problems
from shared.web.body_limit import BodyLimit
from shared.web.methods import Methods
from shared.web.router import Router
from shared.web.routes import serving
from shared.web.tracing import Tracing

LARGEST_BODY = 20 * 1024 * 1024
_EVERY_ROUTE = (400, 413)


def create_base_app(
    *, title: str, description: str, lifespan: Callable[[FastAPI], Any], routers: Sequence[APIRouter]
) -> FastAPI:
    """An application that answers every error as problem+json and bounds every body."""
    slug = title.lower().replace(" ", "-")
    app = FastAPI(
        title=title,
        description=description,
        version="1.0.0",
        lifespan=lifespan,
        # Ours are shared/web/tracing and shared/observability: asking for others costs every request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        middleware=[
            Middleware(Tracing),
            Middleware(Methods),
            Middleware(BodyLimit, largest=LARGEST_BODY),
        ],
        openapi_url=f"/openapi/{slug}.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    problems.install(app)
    for router in routers:
        app.routes.extend(_own(route) for route in router.routes)
    documentation.install(app, f"/docs/{slug}")
    app.router.middleware_stack = Router(app.routes, otherwise=app.router.app)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def create_page_app(*pages: Route) -> Starlette:
    """An application of plain pages; methods and errors are answered as everywhere."""
    app = Starlette(routes=pages, middleware=[Middleware(Methods)])
    problems.install(app)
    return app


def _own(route: BaseRoute) -> BaseRoute:
    """As one of the application's own: an included router would ask all of its routes twice per request."""
    assert isinstance(route, APIRoute)  # noqa: S101 - our routers hold no others
    route.app = serving(route)
    route.unique_id = route.name
    route.responses = {**problems.problem_responses(*_EVERY_ROUTE), **route.responses}
    return route


def _openapi(app: FastAPI) -> dict[str, Any]:
    """The framework's document, with our problem instead of its own validation errors."""
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    problem = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    for path in document["paths"].values():
        for operation in path.values():
            answer = operation["responses"].get("422")
            if answer and "HTTPValidationError" in str(answer):
                del operation["responses"]["422"]
    app.openapi_schema = document
    return document
