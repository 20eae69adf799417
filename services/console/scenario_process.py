"""Reads a scenario, and ends with 2 and the reasons when it is none, cannot add up or cannot be lived."""

import sys

from services.console.scenario.arithmetic import ScenarioRefusedError, check
from services.console.scenario.feasibility import check_feasible
from services.console.scenario.files import ScenarioFileError, read_scenario
from services.console.scenario.pools import CannotPlanError


def main(name_or_path: str, *, as_shipped: bool) -> None:
    """With `as_shipped` it is held against the agencies, procedures and calendar that ship, too."""
    try:
        settled = check(read_scenario(name_or_path))
        if as_shipped:
            from services.console.scenario.shipped import shipped_reference

            shipped = shipped_reference()
            check_feasible(settled, shipped.tree, shipped.procedures, shipped.calendar)
    except (ScenarioFileError, ScenarioRefusedError, CannotPlanError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main(sys.argv[1], as_shipped="--as-shipped" in sys.argv[2:])
