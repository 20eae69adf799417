"""Conditions of a change: which version it was meant for, and which request it is."""

import hashlib
import re
from typing import Annotated

from fastapi import Depends, Header, Request, Response

from shared.errors import MalformedError
from shared.journal.writer import IdempotencyClaim
from shared.principal import Principal
from shared.web.security import Caller

_ETAG = re.compile(r'^"(\d{1,9})"$')
_KEY = r"^[\x21-\x7e]{8,128}$"

_NAMES_THE_REQUEST = "Names this request for 7 days: sent again, it has its first effect and its first answer"

KeyHeader = Annotated[
    str | None, Header(alias="Idempotency-Key", pattern=_KEY, description=_NAMES_THE_REQUEST)
]
RequiredKeyHeader = Annotated[
    str, Header(alias="Idempotency-Key", pattern=_KEY, description=_NAMES_THE_REQUEST)
]
IfMatchHeader = Annotated[
    str,
    Header(
        alias="If-Match",
        description="The ETag of what is to be changed, as it was seen",
        examples=['"3"'],
    ),
]
"""Without it a request is answered 428, as RFC 6585 has it, and not 400."""

IfNoneMatchHeader = Annotated[
    str | None,
    Header(alias="If-None-Match", description="ETags of what the caller has", examples=['"3"']),
]


def etag(version: int) -> str:
    """The strong ETag of a dossier at `version`."""
    return f'"{version}"'


def tag(response: Response, version: int) -> None:
    """Answer with the dossier's version."""
    response.headers["ETag"] = etag(version)


def not_modified(if_none_match: str | None, version: int) -> Response | None:
    """The answer to a caller who has this version already; none for others."""
    known = {each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")}
    if known.isdisjoint({etag(version), "*"}):
        return None
    return Response(status_code=304, headers={"ETag": etag(version)})


async def claim_of(request: Request, caller: Principal, key: str) -> IdempotencyClaim:
    """The caller's claim to be answered as the first time."""
    route = f"{request.method} {request.scope['path']}"
    digest = hashlib.sha256(f"{route}\n{request.headers.get('if-match', '')}\n".encode())
    digest.update(await request.body())
    return IdempotencyClaim(caller.subject, route, key, digest.hexdigest())


async def _optional_claim(request: Request, caller: Caller, key: KeyHeader = None) -> IdempotencyClaim | None:
    return None if key is None else await claim_of(request, caller, key)


async def _required_claim(request: Request, caller: Caller, key: RequiredKeyHeader) -> IdempotencyClaim:
    return await claim_of(request, caller, key)


async def expected_version(if_match: IfMatchHeader) -> int:
    """The version named by If-Match. Raises 400 for anything but one strong ETag."""
    match = _ETAG.match(if_match.strip())
    if match is None:
        raise MalformedError(
            "header If-Match must be one strong ETag as answered",
            errors=[{"pointer": "header:If-Match", "rule": "etag", "detail": 'like "3"'}],
        )
    return int(match.group(1))


RequiredClaim = Annotated[IdempotencyClaim, Depends(_required_claim)]
"""For whatever creates something: such a request names itself."""
OptionalClaim = Annotated[IdempotencyClaim | None, Depends(_optional_claim)]
ExpectedVersion = Annotated[int, Depends(expected_version)]
