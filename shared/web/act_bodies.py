"""Parts of bodies that acts of both services are sent with and answered with."""

from typing import Annotated

from pydantic import Field

from shared.events.dossier import ComponentCopy
from shared.schemas.base import (
    AnswerModel,
    Digest,
    DossierCode,
    Flag,
    LongText,
    ReasonCode,
    RequestModel,
    ShortText,
    Whole,
)

MOST_COMPONENTS = 50


class Reasoned(RequestModel):
    """Why it is done: a code for statistics, words for people."""

    reason_code: ReasonCode
    reason: LongText


class ComponentInput(RequestModel):
    """A component that is handed in."""

    component: ShortText
    """Its code in the catalogue."""
    digest: Digest | None = None
    """Of an uploaded content; none for paper that is not digitised."""
    reused: Flag = False
    """Taken from an earlier dossier or a national database, so that nobody was asked twice."""

    def copy_of(self) -> ComponentCopy:
        return ComponentCopy.model_construct(**dict(self))


ComponentInputs = Annotated[list[ComponentInput], Field(min_length=1, max_length=MOST_COMPONENTS)]
ComponentCodes = Annotated[list[ShortText], Field(min_length=1, max_length=MOST_COMPONENTS)]


class VersionedItem(RequestModel):
    """One dossier of a list, and the version of it that was seen."""

    code: DossierCode
    version: Annotated[Whole, Field(ge=1, le=999_999_999)]


class ComponentView(AnswerModel):
    """A component that was handed in."""

    component: str
    digest: str | None
    """SHA-256 of the stored copy; none for paper that was not digitised."""
    reused: bool


def component_view(copy: ComponentCopy) -> ComponentView:
    return ComponentView(component=copy.component, digest=copy.digest, reused=copy.reused)
