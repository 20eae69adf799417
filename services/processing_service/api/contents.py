"""Documents that acts name by their digests."""

from fastapi import APIRouter, Depends

from services.processing_service.api.dependencies import Use
from shared.web.documented_answers import problem_responses
from shared.web.security import authenticate
from shared.web.uploads import REFUSED_UPLOADS, UploadedContents, Uploads

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
