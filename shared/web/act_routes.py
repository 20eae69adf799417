"""The routes of a service's acts: one address for each, documented from the table of its lifecycle."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from fastapi import APIRouter

from shared.lifecycle import Lifecycle, Next
from shared.schemas.lifecycle import Action, DossierStatus, Role
from shared.web.answers import ActAnswer
from shared.web.documented_answers import TAGGED, problem_responses, sent

Route = TypeVar("Route", bound=Callable[..., Awaitable[ActAnswer]])
_TARGETS = {Next.SAME: "the status stays", Next.PREVIOUS: "leads back to the status before"}


class ActRoutes:
    """Adds acts below `prefix`: `rules` and `examples` say by their names what each refuses and is sent."""

    def __init__(
        self,
        router: APIRouter,
        prefix: str,
        lifecycle: Lifecycle,
        rules: Mapping[str, Sequence[str]],
        examples: Mapping[str, Any],
    ) -> None:
        self._router = router
        self._prefix = prefix
        self._lifecycle = lifecycle
        self._rules = rules
        self._examples = examples

    def __call__(self, name: str, action: Action) -> Callable[[Route], Route]:
        """Decorates the route of an act, whose address ends with `name`."""

        def add(route: Route) -> Route:
            return self._router.post(
                f"{self._prefix}/{name}",
                description=f"{route.__doc__}\n\n{told(self._lifecycle, action)}",
                responses={**TAGGED, **problem_responses(403, 404, 409, rules=self._rules.get(name, ()))},
                openapi_extra=sent(self._examples[name]) if name in self._examples else None,
            )(route)

        return add


def told(lifecycle: Lifecycle, action: Action) -> str:
    """When an act is possible, where it leads, and whose it is."""
    return " ".join(
        f"In {_listed(row.sources, DossierStatus)}: {_target(row.target)}. By {_listed(row.roles, Role)}."
        for row in lifecycle.transitions
        if row.action is action
    )


def _target(target: DossierStatus | Next) -> str:
    return _TARGETS[target] if isinstance(target, Next) else f"leads to `{target}`"


def _listed(chosen: frozenset[Any], kind: type[DossierStatus] | type[Role]) -> str:
    return ", ".join(f"`{each}`" for each in kind if each in chosen and each is not Role.SYSTEM)
