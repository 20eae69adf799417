"""Documents that acts name by their digests."""

from fastapi import APIRouter, Depends, UploadFile
from pydantic import BaseModel

from services.processing_service.api.dependencies import Use
from shared.errors import RuleViolationError
from shared.web.problems import problem_responses
from shared.web.security import authenticate

router = APIRouter(prefix="/v1/cases", tags=["Contents"])

_MOST_FILES = 20


class UploadedContents(BaseModel):
    """What was stored, in the order in which it came."""

    digests: list[str]


@router.post(
    "/contents",
    status_code=201,
    responses=problem_responses(401, 422),
    dependencies=[Depends(authenticate)],
)
async def upload_case_contents(files: list[UploadFile], use: Use) -> UploadedContents:
    """Store documents; each is addressed by its SHA-256. The same bytes again are stored once."""
    if len(files) > _MOST_FILES:
        raise RuleViolationError(f"at most {_MOST_FILES} files", field="/files", rule="too-many-files")
    contents = [await file.read() for file in files]
    for index, content in enumerate(contents):
        if not content:
            raise RuleViolationError("an empty file", field=f"/files/{index}", rule="empty-file")
    return UploadedContents(digests=await use.contents.put_all(contents))
