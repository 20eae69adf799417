"""Versions of procedures, as they came from the log. They never change, so they are remembered."""

from collections.abc import Collection, Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.schemas.reference import Procedure

_MOST = 10_000
_FOUND = text("""
SELECT key, version, data FROM reference_version
JOIN unnest(CAST(:codes AS text[]), CAST(:versions AS int[])) AS wanted (code, number)
    ON kind = 'procedure' AND key = code AND version = number
""")


class SqlProcedures:
    """Implements `application.portal.ports.Procedures`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._seen: dict[tuple[str, int], Procedure] = {}

    async def versions(self, wanted: Collection[tuple[str, int]]) -> Mapping[tuple[str, int], Procedure]:
        if unseen := [each for each in wanted if each not in self._seen]:
            codes, versions = zip(*unseen, strict=True)
            if len(self._seen) > _MOST:
                self._seen.clear()
                return await self.versions(wanted)
            async with self._engine.connect() as connection:
                rows = await connection.execute(_FOUND, {"codes": list(codes), "versions": list(versions)})
                for row in rows:
                    self._seen[row.key, row.version] = Procedure.model_validate(row.data)
        return {each: self._seen[each] for each in wanted if each in self._seen}
