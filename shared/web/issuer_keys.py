"""The token issuer's public keys, from a file or an https address, fetched again now and then."""

import asyncio
import json
import time
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.clock import SystemClock
from shared.errors import UnavailableError
from shared.settings import CommonSettings
from shared.web.security import TokenVerifier

_BELIEVED_SECONDS = 300.0
_FETCH_SECONDS = 5.0
_LARGEST_DOCUMENT = 1_000_000


class IssuerKeys:
    """A key set that follows the issuer's rotation within five minutes, at one fetch a time."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._keys: KeySet | None = None
        self._fresh_until = 0.0
        self._lock = asyncio.Lock()

    async def __call__(self) -> KeySet:
        """Raises `UnavailableError` when there never were any; old keys outlive an issuer that is away."""
        if self._keys is None or time.monotonic() > self._fresh_until:
            async with self._lock:
                if self._keys is None or time.monotonic() > self._fresh_until:
                    await self._refresh()
        assert self._keys is not None  # noqa: S101 - _refresh has set or raised
        return self._keys

    async def _refresh(self) -> None:
        try:
            document = await self._read()
            self._keys = KeySet.import_key_set(json.loads(document))
        except (TimeoutError, OSError, ValueError, JoseError) as error:
            if self._keys is None:
                raise UnavailableError("the issuer's keys cannot be read", retry_after_seconds=5) from error
        self._fresh_until = time.monotonic() + _BELIEVED_SECONDS

    async def _read(self) -> bytes:
        if not self._source.startswith("https://"):
            return await asyncio.to_thread(Path(self._source).read_bytes)
        import aiohttp  # here alone: an installation whose keys lie in a file never carries it

        timeout = aiohttp.ClientTimeout(total=_FETCH_SECONDS)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(self._source) as answer:
                answer.raise_for_status()
                return await answer.content.read(_LARGEST_DOCUMENT)
        except aiohttp.ClientError as error:
            raise OSError("the issuer does not answer") from error


def token_verifier(settings: CommonSettings) -> TokenVerifier:
    """The verifier that an installation's settings describe."""
    return TokenVerifier(
        IssuerKeys(settings.token_keys),
        issuer=settings.token_issuer,
        audience=settings.token_audience,
        clock=SystemClock(),
    )
