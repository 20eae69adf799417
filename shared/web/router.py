"""Finds the route of a request with one expression, where the framework asks one route after the other."""

import re
from collections.abc import Sequence

from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send


class Router:
    """Hands a request to the first of `routes` that takes its address and method, or to `otherwise`."""

    def __init__(self, routes: Sequence[BaseRoute], otherwise: ASGIApp) -> None:
        addresses: dict[str, list[Route]] = {}
        for route in routes:
            if isinstance(route, Route):
                addresses.setdefault(_unnamed(route.path_regex), []).append(route)
        self._known = re.compile("|".join(f"(?P<_{n}>{address})" for n, address in enumerate(addresses)))
        self._routes = {f"_{n}": routes for n, routes in enumerate(addresses.values())}
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = self._known.match(scope["path"]) if scope["type"] == "http" else None
        for route in self._routes[known.lastgroup] if known and known.lastgroup else ():
            match, more = route.matches(scope)
            if match is Match.FULL:
                scope.update(more)
                await route.app(scope, receive, send)
                return
        await self._otherwise(scope, receive, send)


def _unnamed(address: re.Pattern[str]) -> str:
    # Many addresses name the same parts, and one expression may not.
    return re.sub(r"\?P<\w+>", "?:", address.pattern)
