"""Bearer tokens, verified locally against the issuer's keys."""

import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import ValidationError

from shared.clock import Clock
from shared.errors import ForbiddenError, UnauthenticatedError
from shared.principal import Grant, Principal
from shared.schemas.base import AgencyCode, Schema
from shared.schemas.lifecycle import Role

ALGORITHMS = ("ES256", "RS256", "PS256")
_LEEWAY_SECONDS = 60
_CACHE_SECONDS = 60
_CACHE_SIZE = 10_000
_LONGEST_TOKEN = 8_192


class _GrantClaim(Schema):
    role: Role
    agency: AgencyCode | None = None
    desk: AgencyCode | None = None


class _Claims(Schema):
    iss: str
    sub: str
    exp: int
    grants: tuple[_GrantClaim, ...] = ()


class TokenVerifier:
    """Turns a bearer token into a `Principal`. A verified token is believed again for up to 60 s."""

    def __init__(
        self, keys: Callable[[], Awaitable[KeySet]], *, issuer: str, audience: str, clock: Clock
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._registry = jwt.JWTClaimsRegistry(
            now=lambda: int(clock.now().timestamp()),
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            exp={"essential": True},
        )
        self._believed: dict[str, tuple[float, Principal]] = {}

    async def verify(self, token: str) -> Principal:
        """Raises `UnauthenticatedError` for anything but a valid access token of our issuer for us."""
        believed = self._believed.get(token)
        if believed and time.monotonic() < believed[0]:
            return believed[1]
        if len(token) > _LONGEST_TOKEN:
            raise UnauthenticatedError("the token is too long")
        principal, expires_in = self._principal(await self._claims(token))
        if len(self._believed) >= _CACHE_SIZE:
            self._believed.clear()
        self._believed[token] = (time.monotonic() + min(_CACHE_SECONDS, max(0, expires_in)), principal)
        return principal

    async def _claims(self, token: str) -> dict[str, Any]:
        try:
            decoded = jwt.decode(token, await self._keys(), algorithms=ALGORITHMS)
            # An ID token proves who somebody is, not what they may call (RFC 9068).
            if str(decoded.header.get("typ", "")).lower() not in {"at+jwt", "application/at+jwt"}:
                raise UnauthenticatedError("this is no access token (typ at+jwt)")
            self._registry.validate(decoded.claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise UnauthenticatedError("the token is not valid") from error
        return decoded.claims

    def _principal(self, claims: dict[str, Any]) -> tuple[Principal, float]:
        try:
            read = _Claims.model_validate(claims)
        except ValidationError as error:
            raise UnauthenticatedError("the token's claims are not of the expected form") from error
        grants = tuple(Grant(g.role, g.agency, g.desk) for g in read.grants)
        if any(grant.role is Role.SYSTEM for grant in grants):
            raise UnauthenticatedError("nobody may act as system")
        return Principal(f"{read.iss}|{read.sub}", grants), read.exp - self._clock.now().timestamp()


class BearerTokens(SecurityBase):
    """The policy of every route that is not public: a valid token. What it allows, the use-case decides.

    One step instead of the framework's reader of headers and ours behind it: every step of a request costs.
    """

    model = HTTPBearer(description="Access token of the province's or national sign-on")
    scheme_name = "HTTPBearer"

    async def __call__(self, request: Request) -> Principal:
        """Raises `UnauthenticatedError`."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise UnauthenticatedError("a bearer token is required")
        verifier: TokenVerifier = request.state.verifier
        return await verifier.verify(token)


authenticate = BearerTokens()
Caller = Annotated[Principal, Depends(authenticate)]


class RequiredRole:
    """A policy for routes that belong to certain roles whatever they act on."""

    def __init__(self, *roles: Role) -> None:
        self._roles = frozenset(roles)

    async def __call__(self, principal: Caller) -> Principal:
        """Raises `ForbiddenError`."""
        if not principal.grants_as(self._roles):
            raise ForbiddenError(f"this needs one of the roles {', '.join(sorted(self._roles))}")
        return principal


async def public() -> None:
    """The policy of routes that anybody may call: they name it, so that none is open by omission."""
