"""Demo tokens are believed by the services' own verifier, for what they say and no longer."""

import json
import stat
from pathlib import Path

import pytest
from joserfc.jwk import KeySet

from services.console.demo_issuer import AUDIENCE, DemoGrant, make_keys, mint
from services.console.run_folder import DEMO_ISSUER, RunFolder
from shared.clock import SystemClock
from shared.errors import UnauthenticatedError
from shared.principal import Grant
from shared.schemas.lifecycle import Role
from shared.web.security import TokenVerifier


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path)
    folder.prepare()
    make_keys(folder)
    return folder


def verifier(folder: RunFolder) -> TokenVerifier:
    async def keys() -> KeySet:
        return KeySet.import_key_set(json.loads(folder.public_token_keys.read_text()))

    return TokenVerifier(keys, issuer=DEMO_ISSUER, audience=AUDIENCE, clock=SystemClock())


async def test_a_token_carries_the_grant(folder: RunFolder) -> None:
    token = mint(folder, "lan", DemoGrant(Role.CASE_OFFICER, agency="H41.SYT"))
    principal = await verifier(folder).verify(token)
    assert principal.subject == f"{DEMO_ISSUER}|lan"
    assert principal.grants == (Grant(Role.CASE_OFFICER, agency="H41.SYT"),)


async def test_an_expired_token_is_not_believed(folder: RunFolder) -> None:
    with pytest.raises(UnauthenticatedError):
        await verifier(folder).verify(mint(folder, "lan", DemoGrant(Role.CITIZEN), hours=-1))


async def test_another_demos_token_is_not_believed(folder: RunFolder, tmp_path: Path) -> None:
    other = RunFolder(tmp_path / "other")
    other.prepare()
    make_keys(other)
    with pytest.raises(UnauthenticatedError):
        await verifier(folder).verify(mint(other, "lan", DemoGrant(Role.CITIZEN)))


def test_the_keys_are_made_once_and_the_private_one_is_closed(folder: RunFolder) -> None:
    private = folder.token_keys / "private.json"
    before = private.read_text()
    make_keys(folder)
    assert private.read_text() == before
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert '"d"' not in folder.public_token_keys.read_text()
