"""Reference data in intake's database. A publication and its pending mark are one statement."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.intake_service.application.reference import Publication, StoredVersion
from services.intake_service.domain.search_text import searchable
from shared.errors import StaleVersionError
from shared.events.reference import ReferenceKind
from shared.journal.writer import bucket_of
from shared.log.port import REFERENCE_STREAM
from shared.schemas.reference import Procedure

_NEWER = text("""
SELECT kind, key, version, data::text, revision FROM reference_version
WHERE revision > :revision ORDER BY revision, kind, key
""")

_PUBLISH = text(f"""
WITH head AS (
    INSERT INTO reference_head AS h (id, revision) VALUES (1, 1)
    ON CONFLICT (id) DO UPDATE SET revision = h.revision + 1 RETURNING revision
), item AS (
    SELECT * FROM jsonb_to_recordset(CAST(:items AS jsonb))
        AS i(kind text, key text, version int, data jsonb, bucket smallint)
), fresh AS (
    SELECT i.* FROM item i WHERE i.version = 1 + coalesce(
        (SELECT max(v.version) FROM reference_version v WHERE v.kind = i.kind AND v.key = i.key), 0)
), published AS (
    INSERT INTO reference_version (kind, key, version, data, occurred_at, published_by, revision)
    SELECT f.kind, f.key, f.version, f.data, :at, :by, head.revision FROM fresh f, head
), pending AS (
    INSERT INTO outbox_pending (bucket, stream, subject, sequence)
    SELECT bucket, '{REFERENCE_STREAM}', kind || '/' || key, version FROM fresh
), listed AS (
    INSERT INTO catalogue_entry (code, version, field, agencies, searchable)
    SELECT code, version, field, agencies, searchable FROM jsonb_to_recordset(CAST(:entries AS jsonb))
        AS e(code text, version int, field text, agencies text[], searchable text)
    ON CONFLICT (code) DO UPDATE SET version = excluded.version, field = excluded.field,
        agencies = excluded.agencies, searchable = excluded.searchable
)
SELECT count(*) FROM fresh
""")  # noqa: S608 - the stream's name is ours, values are parameters


class SqlReferenceStore:
    """Implements `ReferenceStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def newer_than(self, revision: int) -> Sequence[StoredVersion]:
        async with self._engine.connect() as connection:
            rows = await connection.execute(_NEWER, {"revision": revision})
            return [StoredVersion(ReferenceKind(row[0]), *row[1:]) for row in rows]

    async def publish(self, publications: Iterable[Publication], *, by: str, at: datetime) -> None:
        async with self._engine.begin() as connection:
            await publish_in(connection, publications, by=by, at=at)


async def publish_in(
    connection: AsyncConnection, publications: Iterable[Publication], *, by: str, at: datetime
) -> None:
    """`ReferenceStore.publish` in a transaction of the caller's, who rolls back when it raises."""
    items = list(publications)
    parameters = {
        "items": to_json([_item(publication) for publication in items]).decode(),
        "entries": to_json([_entry(p.item) for p in items if isinstance(p.item, Procedure)]).decode(),
        "by": by,
        "at": at,
    }
    try:
        published = await connection.scalar(_PUBLISH, parameters)
    except IntegrityError as error:
        raise _overtaken() from error
    if published != len(items):
        raise _overtaken()


def _item(publication: Publication) -> dict[str, object]:
    return {
        "kind": publication.kind,
        "key": publication.key,
        "version": publication.item.version,
        "data": publication.item,
        "bucket": bucket_of(f"{publication.kind}/{publication.key}"),
    }


def _entry(procedure: Procedure) -> dict[str, object]:
    return {
        "code": procedure.code,
        "version": procedure.version,
        "field": procedure.field,
        "agencies": [competent.agency for competent in procedure.competent],
        "searchable": searchable(f"{procedure.code} {procedure.name_vi} {procedure.name_en or ''}"),
    }


def _overtaken() -> StaleVersionError:
    return StaleVersionError("somebody else has published another version meanwhile")
