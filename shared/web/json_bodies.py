"""Bodies in JSON as RFC 8259 has it: UTF-8 and nothing else, without NaN, every name at most once."""

import json
from typing import Any

from fastapi import Request
from pydantic_core import from_json


def _at_most_once(members: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in members}) < len(members):
        raise ValueError("an object says something twice")


_NAMES = json.JSONDecoder(object_pairs_hook=_at_most_once)


class JsonRequest(Request):
    """Reads its body so. The framework's own reader takes UTF-16 and UTF-32 too, and guesses."""

    async def json(self) -> Any:
        body = await self.body()
        try:
            value = from_json(body, allow_inf_nan=False)
            # That one keeps the last of two members with one name. Nobody can know which was meant.
            _NAMES.decode(body.decode())
        except ValueError as error:
            # What the framework answers as a malformed body.
            raise json.JSONDecodeError(str(error), "", 0) from error
        return value
