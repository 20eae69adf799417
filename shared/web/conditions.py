"""Conditions of a change: which version it was meant for, and which request it is."""

import hashlib
import re
from typing import Annotated

from fastapi import Depends, Header, Request, Response

from shared.errors import MalformedError, PreconditionMissingError
from shared.journal.writer import IdempotencyClaim
from shared.web.security import Caller

_ETAG = re.compile(r'^"(\d{1,9})"$')
_KEY = r"^[\x21-\x7e]{8,128}$"

KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=_KEY,
        description="Names this request for 7 days: sent again, it has its first effect only",
    ),
]

IfMatchHeader = Annotated[
    str | None, Header(alias="If-Match", description="The ETag that the change is meant for")
]


def etag(version: int) -> str:
    """The strong ETag of a dossier at `version`."""
    return f'"{version}"'


def tag(response: Response, version: int) -> None:
    """Answer with the dossier's version."""
    response.headers["ETag"] = etag(version)


async def optional_claim(request: Request, caller: Caller, key: KeyHeader = None) -> IdempotencyClaim | None:
    """The caller's claim to be answered as the first time, if a key was sent."""
    if key is None:
        return None
    route = f"{request.method} {request.url.path}"
    digest = hashlib.sha256(f"{route}\n{request.headers.get('if-match', '')}\n".encode())
    digest.update(await request.body())
    return IdempotencyClaim(caller.subject, route, key, digest.hexdigest())


async def required_claim(request: Request, caller: Caller, key: KeyHeader = None) -> IdempotencyClaim:
    """Every call that creates something names itself."""
    claim = await optional_claim(request, caller, key)
    if claim is None:
        raise MalformedError(
            "header Idempotency-Key is required",
            errors=[{"pointer": "header:Idempotency-Key", "rule": "missing", "detail": "Field required"}],
        )
    return claim


async def expected_version(if_match: IfMatchHeader = None) -> int:
    """The version named by If-Match. Raises 428 without it and 400 for anything but one strong ETag."""
    if if_match is None:
        raise PreconditionMissingError("name the version you have seen in If-Match")
    match = _ETAG.match(if_match.strip())
    if match is None:
        raise MalformedError(
            "header If-Match must be one strong ETag as answered",
            errors=[{"pointer": "header:If-Match", "rule": "etag", "detail": 'like "3"'}],
        )
    return int(match.group(1))


RequiredClaim = Annotated[IdempotencyClaim, Depends(required_claim)]
OptionalClaim = Annotated[IdempotencyClaim | None, Depends(optional_claim)]
ExpectedVersion = Annotated[int, Depends(expected_version)]
