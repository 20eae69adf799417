"""Whether a copied server is what PostgreSQL sent.

PostgreSQL has a program for this; the one that the wheel carries does not run.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from services.console.failures import CommandError

_MOST_SHOWN = 5
_CHECKSUM = b'"Manifest-Checksum"'


def verify(data: Path) -> None:
    """Hold every file of `data` against the manifest that came with it. Raises `CommandError`."""
    faults = list(_faults(data))
    if faults:
        shown = ", ".join(faults[:_MOST_SHOWN])
        more = f" and {len(faults) - _MOST_SHOWN:,} more" if len(faults) > _MOST_SHOWN else ""
        raise CommandError(f"The backup in {data} is damaged: {shown}{more}.")


def _faults(data: Path) -> Iterator[str]:
    manifest = data / "backup_manifest"
    if not manifest.is_file():
        yield f"{manifest.name} is missing"
        return
    raw = manifest.read_bytes()
    body, _, end = raw.rpartition(_CHECKSUM)
    if hashlib.sha256(body).hexdigest().encode() not in end:
        yield f"{manifest.name} was changed"
        return
    for told in json.loads(raw)["Files"]:
        file = data / told["Path"]
        if not file.is_file():
            yield f"{told['Path']} is missing"
        elif file.stat().st_size != told["Size"] or _sha256(file) != told["Checksum"]:
            yield f"{told['Path']} was changed"


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, hashlib.sha256).hexdigest()
