"""What is checked before anything is started, in processes of their own: they weigh on none that stays."""

import subprocess
import sys
from collections.abc import Mapping

from services.console.failures import CommandError


def check_settings(environment: Mapping[str, str], *, demo: bool, databases_only: bool = False) -> None:
    """Raises `CommandError` with a line for each setting that is missing or wrong in any service.

    With `databases_only` nothing but the addresses of databases and log must be set.
    """
    options = [*([] if demo else ["--production"]), *(["--databases-only"] if databases_only else [])]
    _run("services.console.settings_process", *options, environment=environment)


def check_scenario(scenario: str, *, as_shipped: bool) -> None:
    """Raises `CommandError` for a scenario that is none or cannot add up.

    With `as_shipped`, also for one that the agencies, procedures and calendar that ship do not allow.
    """
    _run("services.console.scenario_process", scenario, *(["--as-shipped"] if as_shipped else []))


def _run(module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=None if environment is None else dict(environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandError(done.stderr.strip(), status=done.returncode)
