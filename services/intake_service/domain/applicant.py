"""Who applies. Personal data: it exists in the clear only inside a request, and sealed everywhere else."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

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


_LENGTHS = {
    IdentityKind.CITIZEN_ID: {12},
    IdentityKind.OLD_CITIZEN_ID: {9},
    IdentityKind.TAX_CODE: {10, 13},
}


class Applicant(RequestModel):
    """The owner of the dossier."""

    kind: ApplicantKind = ApplicantKind.CITIZEN
    name: ShortText
    identity_kind: IdentityKind = IdentityKind.CITIZEN_ID
    identity_number: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9-]{6,14}$")]
    address: ShortText | None = None
    phone: Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{8,15}$")] | None = None
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}$")] | None = None

    @model_validator(mode="after")
    def _number_fits_its_kind(self) -> Self:
        lengths = _LENGTHS.get(self.identity_kind)
        digits = (
            self.identity_number.replace("-", "") if self.identity_kind is IdentityKind.TAX_CODE else None
        )
        number = digits if digits is not None else self.identity_number
        if lengths and not (number.isdigit() and len(number) in lengths):
            expected = " or ".join(str(length) for length in sorted(lengths))
            raise ValueError(f"identity_number: a {self.identity_kind} has {expected} digits")
        return self
