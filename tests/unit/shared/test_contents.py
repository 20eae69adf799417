"""Documents in a folder: stored whole, checked when read, and an outage where the folder does not serve."""

import hashlib
from pathlib import Path

import pytest

from shared.contents import ContentStore, ContentStoreUnavailableError, CorruptContentError
from shared.failures import passes

CONTENT = b"%PDF-1.7 one document"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> ContentStore:
    return ContentStore(tmp_path.as_uri())


async def test_what_was_put_is_there_and_what_was_not_is_missing(store: ContentStore) -> None:
    other = "0" * 64
    assert await store.missing([DIGEST, other]) == {DIGEST, other}
    assert await store.put_all([CONTENT]) == [DIGEST]
    assert await store.missing([DIGEST, other]) == {other}
    assert await store.get(DIGEST) == CONTENT
    assert await store.get(other) is None


async def test_what_was_changed_behind_our_back_is_not_given_out(store: ContentStore, tmp_path: Path) -> None:
    await store.put_all([CONTENT])
    (tmp_path / DIGEST[:2] / DIGEST).write_bytes(b"another document")
    with pytest.raises(CorruptContentError):
        await store.get(DIGEST)


async def test_a_store_that_takes_nothing_is_an_outage_and_no_bug(
    store: ContentStore, tmp_path: Path
) -> None:
    (tmp_path / DIGEST[:2]).write_bytes(b"a file where a folder should be")
    with pytest.raises(ContentStoreUnavailableError) as told:
        await store.put_all([CONTENT])
    assert passes(told.value)
