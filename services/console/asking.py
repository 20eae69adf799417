"""GET from a running system, as commands do."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from services.console.failures import CommandError

_SECONDS = 60


def ask(address: str, path: str, parameters: Mapping[str, str], token: str | None = None) -> dict[str, Any]:
    """The JSON document at `path`. Raises `CommandError` with status 2 when there is none."""
    url = address.rstrip("/") + path
    status, document = asyncio.run(_get(url, parameters, token))
    if status != 200:
        named = document.get("field") or ", ".join(one["pointer"] for one in document.get("errors") or ())
        why = f"Refused ({status}): {document['detail']}{f' [{named}]' if named else ''}"
        raise CommandError(why, status=2)
    return document


async def _get(url: str, parameters: Mapping[str, str], token: str | None) -> tuple[int, dict[str, Any]]:
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(url, params=parameters, headers=headers) as answer,
        ):
            # No content type is demanded: a problem is JSON too.
            document: dict[str, Any] = json.loads(await answer.read())
            return answer.status, document
    except aiohttp.InvalidURL as error:
        why = f"{url} is no address; write it like http://127.0.0.1:8000."
        raise CommandError(why, status=2) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        why = f"{url} does not answer: {str(error) or f'nothing within {_SECONDS} s'}."
        raise CommandError(why, status=2) from error
    except ValueError as error:
        raise CommandError(f"{url} answers something else than this system does.", status=2) from error
