"""Copies of documents. They are named by their SHA-256 and never change: each is copied once."""

import asyncio
import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from shared.durable_folder import DurableFolder

_NAME = "[0-9a-f]" * 64
_TOGETHER = 500
# A folder may change again within the same tick of its time of change.
_TICK_SECONDS = 1.0


class CorruptDocumentError(Exception):
    """A document is not what its name says; the message names it."""


@dataclass(slots=True)
class Copied:
    """How many were copied."""

    documents: int = 0
    bytes: int = 0


class Documents:
    """Copies what is new in `source` to `target`; remembers what it has seen."""

    def __init__(self, source: Path, target: Path, *, by: str) -> None:
        """`by` tells copiers apart that may work on the same target at once."""
        self._by = by
        self._source = source
        self._target = target
        self._seen: dict[Path, int] = {}

    def missing(self) -> Iterator[Path]:
        """What is not in `target` yet. Folders that have not changed since the last call are passed over."""
        for folder in sorted(self._source.glob("[0-9a-f][0-9a-f]")):
            began, changed = time.time_ns(), folder.stat().st_mtime_ns
            if self._seen.get(folder) == changed:
                continue
            for document in folder.glob(_NAME):
                if not self._place_of(document).exists():
                    yield document
            if changed < began - _TICK_SECONDS * 1e9:
                self._seen[folder] = changed

    def copy(self) -> Copied:
        """Copy what is missing; it is durable when this returns.

        Raises `OSError`, and `CorruptDocumentError` at the first that is not what its name says.
        """
        copied = Copied()
        missing = self.missing()
        durable = DurableFolder(self._target)
        while documents := list(islice(missing, _TOGETHER)):
            drafts = []
            for document in documents:
                content = document.read_bytes()
                if hashlib.sha256(content).hexdigest() != document.name:
                    raise CorruptDocumentError(f"{document} is not the document that its name says")
                place = self._place_of(document)
                place.parent.mkdir(mode=0o700, exist_ok=True)
                draft = place.with_name(f"{place.name}.{self._by}")
                draft.write_bytes(content)
                drafts.append((draft, place))
                copied.bytes += len(content)
            # What has its name is whole, whatever happens: it is never looked at again.
            asyncio.run(durable.sync())
            for draft, place in drafts:
                draft.rename(place)
            copied.documents += len(documents)
        if copied.documents:
            asyncio.run(durable.sync())
        return copied

    def _place_of(self, document: Path) -> Path:
        return self._target / document.parent.name / document.name
