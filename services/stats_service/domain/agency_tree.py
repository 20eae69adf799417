"""Which agencies a report on one agency adds up."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from shared.schemas.reference import Agency, AgencyTree


class TreeOn:
    """The tree in force on a day.

    What an agency did before it was merged or closed still counts for the parent it had last, so that a
    province does not lose what happened in the year before a merger.
    """

    def __init__(self, tree: AgencyTree | None, day: date) -> None:
        nodes: dict[str, Agency] = {}
        for agency in sorted(tree.agencies if tree else (), key=lambda agency: agency.valid_from):
            known = nodes.get(agency.code)
            if known is None or agency.valid_from <= day:
                nodes[agency.code] = agency
        self._nodes: Mapping[str, Agency] = nodes
        self._desks = {desk.code: desk.name_vi for desk in tree.desks} if tree else {}
        self._children: defaultdict[str | None, list[str]] = defaultdict(list)
        for code, node in sorted(nodes.items()):
            self._children[node.parent if node.parent in nodes else None].append(code)

    def __contains__(self, code: str) -> bool:
        return code in self._nodes

    def name(self, code: str) -> str:
        """The Vietnamese name, or the code of an agency that no tree knows."""
        return self._nodes[code].name_vi if code in self._nodes else code

    def desk_name(self, code: str) -> str | None:
        """The name of a receiving desk, if there is one with this code."""
        return self._desks.get(code)

    def children(self, parent: str | None) -> list[str]:
        """The agencies directly below, in the order of their codes; of none: the roots."""
        return self._children.get(parent, [])

    def under(self, code: str) -> frozenset[str]:
        """The agency itself and all below it."""
        found = {code}
        frontier = [code]
        while frontier:
            frontier = [child for parent in frontier for child in self.children(parent) if child not in found]
            found.update(frontier)
        return frozenset(found)

    def rows(self, agency: str | None, counted: Iterable[str]) -> dict[str, str]:
        """For each agency that is counted the row it belongs to in a report split by agency.

        The rows are the children of `agency`, or of the only root; an agency that stands above the rows, or
        that no tree knows, has a row of its own.
        """
        top = agency
        roots = self.children(None)
        if top is None and len(roots) == 1:
            top = roots[0]
        row_of = {code: child for child in self.children(top) for code in self.under(child)}
        return {code: row_of.get(code, code) for code in counted}
