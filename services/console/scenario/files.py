"""Scenario files: those that ship, and any other."""

from pathlib import Path

import yaml
from pydantic import ValidationError

from services.console.scenario.schema import Scenario

SHIPPED = Path(__file__).parents[1] / "scenarios"
DEFAULT = "nghe-an-2023-06"


class ScenarioFileError(Exception):
    """There is no such file, or it is no scenario; the message says where and why."""


def read_scenario(name_or_path: str) -> Scenario:
    """A shipped scenario by its name, or any by its path. Raises `ScenarioFileError`."""
    path = SHIPPED / f"{name_or_path}.yaml"
    if not path.is_file():
        path = Path(name_or_path)
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Scenario.model_validate(raw)
    except OSError as error:
        shipped = ", ".join(sorted(file.stem for file in SHIPPED.glob("*.yaml")))
        raise ScenarioFileError(f"cannot read {path}: {error.strerror}; shipped are {shipped}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ScenarioFileError(f"{path} is no YAML: {error}") from error
    except ValidationError as error:
        reasons = "\n".join(f"  {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ScenarioFileError(f"{path} is no scenario:\n{reasons}") from error
