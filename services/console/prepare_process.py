"""What `motcua up` runs before the services, in a process of its own so that it weighs on none that stays."""

import os
import sys
from pathlib import Path

from services.console.demo_issuer import make_keys
from services.console.failures import CommandError
from services.console.preparation import migrate, seed_reference_data
from services.console.run_folder import RunFolder
from shared.variables import PREFIX

if __name__ == "__main__":
    folder = RunFolder(Path(sys.argv[1]))
    if f"{PREFIX}BUSINESS_CLOCK" in os.environ:
        make_keys(folder)
    try:
        migrate(overtaken_logs=folder.overtaken_logs())
        seed_reference_data()
    except CommandError as error:
        sys.exit(str(error))
