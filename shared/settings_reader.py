"""Reads settings from the environment, and says of each that is missing or wrong which variable and why."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.settings import BaseServiceSettings

# Where the library's own words say how it reads, not what to write.
_RULES = {
    "bool_parsing": "must be true or false",
    "time_delta_parsing": "must be a duration, like PT30M",
}


class SettingsError(Exception):
    """Settings are missing, wrong or unknown: a line for each, `MOTCUA_…: why`, without any value."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("\n".join(f"{variable}: {why}" for variable, why in faults.items()))
        self.faults = faults
        """Variable -> why."""


def read_settings(classes: Mapping[str, type[BaseServiceSettings]]) -> dict[str, BaseServiceSettings]:
    """The settings of each class, under its name.

    A variable with our prefix that means nothing is a fault too: a misspelt setting must not be a silent
    default. Raises `SettingsError`, which names everything that is to be mended in all of them.
    """
    read: dict[str, BaseServiceSettings] = {}
    faults: dict[str, str] = {}
    known = [each.variable(setting) for each in classes.values() for setting in each.model_fields]
    for name, settings in classes.items():
        faults |= {variable: _unknown(variable, known) for variable in settings.unknown_variables()}
        try:
            read[name] = settings()
        except ValidationError as error:
            faults |= dict(_faults(settings, error))
    if faults:
        raise SettingsError(faults)
    return read


def _unknown(variable: str, known: Sequence[str]) -> str:
    similar = get_close_matches(variable, known, n=1, cutoff=0.8)
    return f"there is no such setting; did you mean {similar[0]}?" if similar else "there is no such setting"


def _faults(settings: type[BaseServiceSettings], error: ValidationError) -> Iterator[tuple[str, str]]:
    for detail in error.errors(include_url=False, include_input=False):
        for setting in detail["loc"][:1] or detail["ctx"]["settings"]:
            yield settings.variable(str(setting)), _why(settings, str(setting), detail)


def _why(settings: type[BaseServiceSettings], setting: str, detail: ErrorDetails) -> str:
    if detail["type"] == "missing":
        meaning = " ".join((settings.model_fields[setting].description or "").split())
        return f"must be set. {meaning}"
    said = detail["msg"].removeprefix("Value error, ")
    for theirs in ("Input should ", "String should ", "Value should "):
        said = said.replace(theirs, "must ", 1)
    return _RULES.get(detail["type"], said)
