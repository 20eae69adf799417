"""Reads settings from the environment, and says of each that is missing or wrong which variable and why."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.settings import BaseServiceSettings

# Where the library's own words say how it reads, not what to write.
_RULES = {
    "bool_parsing": "must be true or false",
    "time_delta_parsing": "must be a duration, like PT30M",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something to be mended; prints as `MOTCUA_…: why`, without any value."""

    variable: str
    why: str
    missing: bool = False
    """Whether it is not set at all."""

    def __str__(self) -> str:
        return f"{self.variable}: {self.why}"


class SettingsError(Exception):
    """Settings are missing, wrong or unknown: a line for each."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def read_settings(classes: Mapping[str, type[BaseServiceSettings]]) -> dict[str, BaseServiceSettings]:
    """The settings of each class, under its name.

    A variable with our prefix that means nothing is a fault too: a misspelt setting must not be a silent
    default. Raises `SettingsError`, which names everything that is to be mended in all of them.
    """
    read: dict[str, BaseServiceSettings] = {}
    faults: list[Fault] = []
    known = [each.variable(setting) for each in classes.values() for setting in each.model_fields]
    for name, settings in classes.items():
        faults += (_unknown(variable, known) for variable in settings.unknown_variables())
        try:
            read[name] = settings()
        except ValidationError as error:
            faults += _faults(settings, error)
    if faults:
        # What holds for every service is found in each of them.
        raise SettingsError(list({fault.variable: fault for fault in faults}.values()))
    return read


def _unknown(variable: str, known: Sequence[str]) -> Fault:
    similar = get_close_matches(variable, known, n=1, cutoff=0.8)
    return Fault(variable, f"there is no such setting{f'; did you mean {similar[0]}?' if similar else ''}")


def _faults(settings: type[BaseServiceSettings], error: ValidationError) -> Iterator[Fault]:
    for detail in error.errors(include_url=False, include_input=False):
        for setting in detail["loc"][:1] or detail["ctx"]["settings"]:
            field = settings.model_fields[str(setting)]
            missing = detail["type"] == "missing"
            why = f"must be set. {_plain(field.description or '')}" if missing else _rule(detail)
            yield Fault(settings.variable(str(setting)), why, missing)


def _plain(description: str) -> str:
    """A line without the links of the page that is made of it."""
    return re.sub(r"\[(.*?)\]\(.*?\)", r"\1", " ".join(description.split()))


def _rule(detail: ErrorDetails) -> str:
    said = detail["msg"].removeprefix("Value error, ")
    for theirs in ("Input should ", "String should ", "Value should "):
        said = said.replace(theirs, "must ", 1)
    return _RULES.get(detail["type"], said)
