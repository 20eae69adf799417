"""The local token issuer of a demo: what a province's sign-on does in production."""

import json
import time
import uuid
from dataclasses import dataclass

from joserfc import jwt
from joserfc.jwk import ECKey

from services.console.run_folder import DEMO_ISSUER, RunFolder, write_secret
from shared.schemas.lifecycle import Role

AUDIENCE = "motcua"
CENTER_DESK = "H41.TTPVHCC"
_ALGORITHM = "ES256"
_PRIVATE = "private.json"


@dataclass(frozen=True, slots=True)
class DemoGrant:
    """What a demo token allows: a role, at a desk, for an agency, or in the whole province."""

    role: Role
    agency: str | None = None
    desk: str | None = None

    def claim(self) -> dict[str, str]:
        """As it stands in the token."""
        place = {"agency": self.agency, "desk": self.desk}
        return {"role": self.role.value, **{name: code for name, code in place.items() if code}}


def make_keys(folder: RunFolder) -> None:
    """Make the issuer's key pair where there is none."""
    if folder.public_token_keys.exists():
        return
    key = ECKey.generate_key("P-256", auto_kid=True)
    write_secret(folder.token_keys / _PRIVATE, json.dumps(key.as_dict(private=True)))
    write_secret(folder.public_token_keys, json.dumps({"keys": [key.as_dict(private=False)]}))


def mint(
    folder: RunFolder, subject: str, *grants: DemoGrant, hours: float = 12, now: float | None = None
) -> str:
    """An access token for `subject`. Raises `FileNotFoundError` where no demo was ever started.

    `now` are seconds since 1970 by an issuer whose clock is not ours.
    """
    key = ECKey.import_key(json.loads((folder.token_keys / _PRIVATE).read_text()))
    now = int(time.time() if now is None else now)
    claims = {
        "iss": DEMO_ISSUER,
        "aud": AUDIENCE,
        "sub": subject,
        "iat": now,
        "exp": now + int(hours * 3600),
        "jti": uuid.uuid4().hex,
        "grants": [grant.claim() for grant in grants],
    }
    return jwt.encode(
        {"alg": _ALGORITHM, "typ": "at+jwt", "kid": key.kid}, claims, key, algorithms=[_ALGORITHM]
    )
