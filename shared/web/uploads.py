"""Documents as they are uploaded: several files in one multipart request."""

from typing import Annotated

from fastapi import Depends, UploadFile

from shared.errors import RuleViolationError
from shared.observability.metrics import UPLOAD_REJECTED
from shared.schemas.base import AnswerModel

_MOST_FILES = 20
REFUSED_UPLOADS = ("too-many-files", "empty-file")
"""The rules that `Uploads` holds files to."""


class UploadedContents(AnswerModel):
    """What was stored, in the order in which it came."""

    digests: list[str]


async def _read(files: list[UploadFile]) -> list[bytes]:
    """Raises `RuleViolationError` for too many files and for an empty one."""
    if len(files) > _MOST_FILES:
        raise _refused(f"at most {_MOST_FILES} files", "/files", "too-many-files")
    contents = [await file.read() for file in files]
    for index, content in enumerate(contents):
        if not content:
            raise _refused("an empty file", f"/files/{index}", "empty-file")
    return contents


def _refused(detail: str, field: str, rule: str) -> RuleViolationError:
    UPLOAD_REJECTED.labels(rule).inc()
    return RuleViolationError(detail, field=field, rule=rule)


Uploads = Annotated[list[bytes], Depends(_read)]
