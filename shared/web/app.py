"""The FastAPI application that every service starts from."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, Generic, TypedDict, TypeVar

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from shared.web import documentation, problems
from shared.web.body_limit import BodyLimit
from shared.web.methods import Methods
from shared.web.observing import Observing
from shared.web.openapi import openapi_document
from shared.web.router import Router
from shared.web.routes import serving
from shared.web.security import TokenVerifier

UseCases = TypeVar("UseCases")
LARGEST_BODY = 20 * 1024 * 1024


class State(TypedDict, Generic[UseCases]):
    """What every request finds in its state."""

    use_cases: UseCases
    verifier: TokenVerifier


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
        # Ours are shared/web/observing and shared/observability: asking for others costs every request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        middleware=[
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
    app.middleware_stack = Observing(app.build_middleware_stack())
    app.openapi = cache(partial(openapi_document, app))  # type: ignore[method-assign]
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
    return route
