"""Keyset pages: stable under insertion and deletion, as fast at the end as at the start."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Generic, TypeVar

from fastapi import Query

from shared.errors import MalformedError
from shared.schemas.base import AnswerModel, WrittenWhole

Item = TypeVar("Item")
Found = TypeVar("Found")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

PageSize = Annotated[WrittenWhole, Query(ge=1, le=200, description="How many items at the most")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]


class Page(AnswerModel, Generic[Item]):
    """Some items and where to go on; no `next` on the last page."""

    items: list[Item]
    next: str | None


def page_of(
    found: Sequence[Found], limit: int, item: Callable[[Found], Item], behind: Callable[[Found], str]
) -> "Page[Item]":
    """The first `limit` of `found`, which holds one more where another page follows.

    `behind` is the cursor that goes on after the last of them.
    """
    shown = found[:limit]
    return Page(items=[item(each) for each in shown], next=behind(shown[-1]) if len(found) > limit else None)


def encode_cursor(*key: str | int) -> str:
    """An opaque cursor behind the item with this sort key."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, *kinds: type[str] | type[int]) -> tuple[str | int, ...] | None:
    """The sort key in `cursor`; none for the first page. Raises 400 for a cursor that is not ours."""
    if cursor is None:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _not_ours() from error
    if not isinstance(key, list) or [type(part) for part in key] != list(kinds):
        raise _not_ours()
    if any(isinstance(part, str) and "\x00" in part for part in key):
        raise _not_ours()
    return tuple(key)


def micros(moment: datetime) -> int:
    """A moment as part of a sort key: microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def decode_moment(value: str | int) -> datetime:
    """The moment again. Raises 400 for a value that `micros` never gave."""
    try:
        return _EPOCH + timedelta(microseconds=int(value))
    except (OverflowError, ValueError) as error:
        raise _not_ours() from error


def _not_ours() -> MalformedError:
    return MalformedError(
        "cursor is none that we gave out",
        errors=[{"pointer": "query:cursor", "rule": "cursor", "detail": "take `next` of the page before"}],
    )
