"""The numbers of cells in the database, made when a cell is first counted."""

from collections.abc import Collection, Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.stats_service.domain.cell import Cell
from services.stats_service.domain.scopes import CELL, scopes_of

_CELL_COLUMNS = ", ".join(Cell._fields)
_GIVEN = f"""unnest(CAST(:kind AS text[]), {", ".join(f"CAST(:{name} AS text[])" for name in Cell._fields)})
    AS given (kind, {_CELL_COLUMNS})"""
_KNOWN = text(
    f"SELECT id, kind, {_CELL_COLUMNS} FROM {_GIVEN} JOIN scope USING (kind, {_CELL_COLUMNS})"  # noqa: S608 - made of the dimensions' names
)
_MAKE = text(f"""
INSERT INTO scope (kind, {_CELL_COLUMNS})
SELECT * FROM {_GIVEN} ORDER BY kind, {_CELL_COLUMNS}
ON CONFLICT DO NOTHING
""")  # noqa: S608 - made of the dimensions' names
_LINK = text("""
INSERT INTO cell_scope (cell_id, scope_id)
SELECT * FROM unnest(CAST(:cells AS int[]), CAST(:scopes AS int[])) AS given (cell_id, scope_id)
ON CONFLICT DO NOTHING
""")

_Scope = tuple[str, Cell]


async def cell_ids(connection: AsyncConnection, cells: Collection[Cell]) -> Mapping[Cell, int]:
    """The number of every cell. Several transactions may make the same cell at once; one of them waits."""
    known = await _known(connection, [(CELL, cell) for cell in cells])
    missing = [cell for cell in cells if (CELL, cell) not in known]
    if missing:
        known |= await _make(connection, missing)
    return {cell: known[CELL, cell] for cell in cells}


async def _make(connection: AsyncConnection, cells: Collection[Cell]) -> dict[_Scope, int]:
    wanted = {(kind, scope) for cell in cells for kind, scope in scopes_of(cell).items()}
    await connection.execute(_MAKE, _arrays(wanted))
    known = await _known(connection, wanted)
    links = [
        (known[CELL, cell], known[kind, scope]) for cell in cells for kind, scope in scopes_of(cell).items()
    ]
    await connection.execute(_LINK, {"cells": [c for c, _ in links], "scopes": [s for _, s in links]})
    return known


async def _known(connection: AsyncConnection, scopes: Collection[_Scope]) -> dict[_Scope, int]:
    rows = await connection.execute(_KNOWN, _arrays(scopes))
    return {(row.kind, Cell(*row[2:])): row.id for row in rows}


def _arrays(scopes: Collection[_Scope]) -> dict[str, list[str]]:
    arrays = {"kind": [kind for kind, _ in scopes]}
    arrays.update({name: [getattr(cell, name) for _, cell in scopes] for name in Cell._fields})
    return arrays
