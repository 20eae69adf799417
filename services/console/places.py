"""The agencies and desks that tokens are given for."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from services.console.asking import ask
from services.console.failures import CommandError
from services.console.run_folder import RunFolder

_MOST_SIMILAR = 5


@dataclass(frozen=True, slots=True)
class Places:
    """Code -> name of what there is, of every day."""

    agencies: Mapping[str, str]
    desks: Mapping[str, str]

    def check(self, *, agency: str | None, desk: str | None) -> None:
        """Raises `CommandError`, which shows what is like it or all that there is."""
        for kind, code, known in (("agency", agency, self.agencies), ("desk", desk, self.desks)):
            if code is not None and code not in known:
                similar = get_close_matches(code, known, n=_MOST_SIMILAR)
                lines = [f"  {each}  {known[each]}" for each in similar or sorted(known)]
                head = f"There is no {kind} {code}. {'Similar' if similar else 'There'} are:"
                raise CommandError("\n".join([head, *lines]))


def places_of(folder: RunFolder) -> Places:
    """What the system that runs on the folder has; of one that is not up, what ships is known."""
    if system := folder.running_system():
        tree = ask(system.address, "/v1/agencies", {})
        return Places(_names(tree["agencies"]), _names(tree["desks"]))
    from services.intake_service.seed.loader import seed_tree

    shipped = seed_tree().model_dump()
    return Places(_names(shipped["agencies"]), _names(shipped["desks"]))


def _names(entries: list[Mapping[str, str]]) -> dict[str, str]:
    return {entry["code"]: entry["name_vi"] for entry in entries}
