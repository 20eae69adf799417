"""Who applies. Personal data: it exists in the clear only inside a request, and sealed everywhere else."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints, ValidationInfo, field_validator

from shared.schemas.base import RequestModel, ShortText


class ApplicantKind(StrEnum):
    """The portal's kinds 1 to 4."""

    CITIZEN = "citizen"
    BUSINESS = "business"
    STATE_AGENCY = "state_agency"
    ORGANISATION = "organisation"


class IdentityKind(StrEnum):
    """Which number identifies the applicant."""

    CITIZEN_ID = "citizen_id"
    """12 digits (căn cước công dân)."""
    OLD_CITIZEN_ID = "old_citizen_id"
    """9 digits (chứng minh nhân dân)."""
    TAX_CODE = "tax_code"
    """10 digits, or 13 with the branch."""
    PASSPORT = "passport"


_FORMS = {
    IdentityKind.CITIZEN_ID: ("[0-9]{12}", "12 digits"),
    IdentityKind.OLD_CITIZEN_ID: ("[0-9]{9}", "9 digits"),
    IdentityKind.TAX_CODE: ("[0-9]{10}(-?[0-9]{3})?", "10 digits, and 3 more for a branch"),
    IdentityKind.PASSPORT: ("[A-Z0-9]{6,14}", "6 to 14 capital letters and digits"),
}


class Applicant(RequestModel):
    """The owner of the dossier."""

    kind: ApplicantKind = ApplicantKind.CITIZEN
    name: ShortText
    identity_kind: IdentityKind = IdentityKind.CITIZEN_ID
    identity_number: Annotated[str, StringConstraints(pattern=r"^([A-Z0-9]{6,14}|[0-9]{10}-[0-9]{3})$")]
    """A tax code may end with a hyphen and the three digits of the branch."""
    address: ShortText | None = None
    phone: Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{8,15}$")] | None = None
    email: Annotated[str, StringConstraints(pattern=r"^[!-?A-~]{1,64}@[!-?A-~]{1,190}$")] | None = None

    @field_validator("identity_number")
    @classmethod
    def _fits_its_kind(cls, number: str, info: ValidationInfo) -> str:
        kind = info.data.get("identity_kind")
        if kind is None:
            return number  # the kind itself is wrong, and told
        pattern, form = _FORMS[kind]
        if not re.fullmatch(pattern, number):
            message = f"a {kind} has {form}"
            raise ValueError(message)
        return number
