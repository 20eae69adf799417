"""What intake sealed of the people behind a dossier."""

from typing import Any

from pydantic_core import from_json

from shared.schemas.base import Schema
from shared.sealing import ErasedError, Sealer


class People(Schema):
    """Personal data: in the clear only while it is shown to somebody who may see it."""

    owner: str | None = None
    """Subject of the applicant's account."""
    representative: str | None = None
    applicant: dict[str, Any] | None = None
    """None once the key of the filing year is destroyed."""


def people_of(sealed: str, code: str, sealer: Sealer) -> People:
    """Nobody, when the data is erased. Raises `ForgedSealError` for a value that is not ours."""
    try:
        return People.model_validate(from_json(sealer.open(sealed, code=code)))
    except ErasedError:
        return People()
