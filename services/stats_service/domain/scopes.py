"""For which sums of cells figures are kept ready."""

from collections.abc import Iterable, Mapping

from services.stats_service.domain.cell import Cell, Dimension

CELL = "cell"

SCOPES: Mapping[str, frozenset[Dimension]] = {
    "agency": frozenset({Dimension.AGENCY}),
    "field": frozenset({Dimension.AGENCY, Dimension.FIELD}),
    "field_channel": frozenset({Dimension.AGENCY, Dimension.FIELD, Dimension.CHANNEL}),
    CELL: frozenset(Dimension),
}
"""Kind of scope to the dimensions it tells apart, the coarsest first. Agencies are never added up here: which
belong together changes."""


def coarsest(needed: Iterable[Dimension]) -> str:
    """The kind with the fewest rows that still tells the `needed` dimensions apart."""
    wanted = frozenset(needed)
    return next(kind for kind, dimensions in SCOPES.items() if wanted <= dimensions)


def scopes_of(cell: Cell) -> Mapping[str, Cell]:
    """For each kind the scope that contains the cell; what it does not tell apart is empty."""
    return {
        kind: Cell(
            *(value if Dimension(name) in dimensions else "" for name, value in cell._asdict().items())
        )
        for kind, dimensions in SCOPES.items()
    }
