"""Documents that acts name by their digests."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response

from services.processing_service.api.dependencies import Code, Use
from shared.schemas.base import Digest
from shared.web.documented_answers import problem_responses
from shared.web.security import Caller, authenticate
from shared.web.uploads import REFUSED_UPLOADS, UploadedContents, Uploads

_DOCUMENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The document",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_AS_IT_IS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=86400, immutable"}
_Digest = Annotated[Digest, Path(description="SHA-256 of the document")]

router = APIRouter(prefix="/v1/cases", tags=["Contents"])


@router.post(
    "/contents",
    status_code=201,
    responses=problem_responses(rules=REFUSED_UPLOADS),
    dependencies=[Depends(authenticate)],
)
async def upload_case_contents(files: Uploads, use: Use) -> UploadedContents:
    """Store documents; each is addressed by its SHA-256. The same bytes again are stored once."""
    return UploadedContents(digests=await use.contents.put_all(files))


class Document(Response):
    """A document as it was uploaded. Nobody knows what it is: browsers are to store it and guess nothing."""

    media_type = "application/octet-stream"


@router.get(
    "/{code}/documents/{digest}",
    response_class=Document,
    responses={**_DOCUMENT, **problem_responses(404)},
)
async def case_document(
    code: Code,
    digest: _Digest,
    caller: Caller,
    use: Use,
) -> Document:
    """A document of the case: handed in with it or later, or its result. Officers' reads are on record."""
    content = await use.queries.document(code, digest, caller)
    return Document(content, headers={**_AS_IT_IS, "Content-Disposition": f'attachment; filename="{digest}"'})
