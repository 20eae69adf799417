"""Reads the settings of all services, and ends with 1 and a line for each that is missing or wrong."""

import argparse
import sys

from services.console.run_folder import DATABASE_VARIABLES
from services.console.service_parts import settings_classes
from shared.settings_reader import SettingsError, read_settings


def main(*, demo: bool, databases_only: bool) -> None:
    """`demo` is how the system is started; with `databases_only` nothing but their addresses must be set."""
    try:
        settings = read_settings(settings_classes())
    except SettingsError as error:
        faults = [
            fault
            for fault in error.faults
            if not (databases_only and fault.missing and fault.variable not in DATABASE_VARIABLES)
        ]
        sys.exit("\n".join(map(str, faults)) if faults else 0)
    if any(each.demo is not demo for each in settings.values()):
        needed = "true or not set without" if demo else "false or not set with"
        sys.exit(f"MOTCUA_DEMO: must be {needed} --production")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--production", action="store_true")
    parser.add_argument("--databases-only", action="store_true")
    given = parser.parse_args()
    main(demo=not given.production, databases_only=given.databases_only)
