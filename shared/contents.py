"""Documents, addressed by their SHA-256, in one object store that intake and processing read."""

import asyncio
import hashlib
import os.path
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError as StoreError
from obstore.exceptions import NotFoundError as ObjectMissingError
from obstore.store import LocalStore, ObjectStore, from_url

from shared.durable_folder import DurableFolder


class CorruptContentError(Exception):
    """What is stored under a digest does not have that digest."""


class ContentStoreUnavailableError(OSError):
    """The store did not take or give a document: it is full or away. Trying again later may work."""


class ContentStore:
    """Puts and gets whole documents. What was put is durable and never changes.

    Every call raises `ContentStoreUnavailableError` where the store does not serve.
    """

    def __init__(self, address: str) -> None:
        """`file:///folder` or `s3://bucket/prefix`."""
        parts = urlsplit(address)
        self._folder = Path(parts.path) if parts.scheme == "file" else None
        self._store: ObjectStore
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._store = LocalStore(self._folder)
            self._durable = DurableFolder(self._folder)
        else:
            self._store = from_url(address)

    async def put_all(self, contents: Sequence[bytes]) -> list[str]:
        """Store each; the digests in the same order. Durable when it returns."""
        digests = [hashlib.sha256(content).hexdigest() for content in contents]
        new = dict(zip(digests, contents, strict=True))
        if self._folder is not None:
            await asyncio.to_thread(self._put_all, new)
            # The local store renames a complete file into place but syncs neither the file nor the folder.
            await self._durable.sync()
        else:
            for digest, content in new.items():
                with _served():
                    await obstore.put_async(self._store, _path(digest), content)
        return digests

    async def get(self, digest: str) -> bytes | None:
        """The document, checked against its digest; none when there is none. Raises `CorruptContentError`."""
        try:
            with _served():
                result = await obstore.get_async(self._store, _path(digest))
                content = bytes(await result.bytes_async())
        except (ObjectMissingError, FileNotFoundError):
            return None
        if hashlib.sha256(content).hexdigest() != digest:
            raise CorruptContentError(digest)
        return content

    async def missing(self, digests: Sequence[str]) -> set[str]:
        """Those that are not stored."""
        wanted = set(digests)
        if self._folder is not None:
            return {digest for digest in wanted if not self._is_file(digest)}
        return {digest for digest in wanted if not await self._is_stored(digest)}

    async def _is_stored(self, digest: str) -> bool:
        try:
            with _served():
                await obstore.head_async(self._store, _path(digest))
        except (ObjectMissingError, FileNotFoundError):
            return False
        return True

    def _is_file(self, digest: str) -> bool:
        # A path object for each component would cost a filing more than asking the system does.
        return os.path.isfile(f"{self._folder}/{_path(digest)}")  # noqa: PTH113

    def _put_all(self, contents: dict[str, bytes]) -> None:
        for digest, content in contents.items():
            with _served():
                obstore.put(self._store, _path(digest), content)


@contextmanager
def _served() -> Iterator[None]:
    try:
        yield
    except ObjectMissingError:
        raise
    except StoreError as failure:
        raise ContentStoreUnavailableError("the object store does not serve") from failure


def _path(digest: str) -> str:
    return f"{digest[:2]}/{digest}"
