"""Secrets in files, as orchestrators hand them out: they stand in no command line, image or unit."""

import os
import re
from pathlib import Path

from shared.variables import PREFIX

FOLDER_VARIABLE = f"{PREFIX}SECRETS"
_NAME_OF_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


def take_in_secret_files() -> None:
    """Add every file of the folder that MOTCUA_SECRETS names to the environment, less a last line break.

    A file is named like its variable (`MOTCUA_SEALING_KEY`, `AWS_SECRET_ACCESS_KEY`). What is set already is
    kept. Raises `OSError`.
    """
    folder = os.environ.get(FOLDER_VARIABLE)
    if not folder:
        return
    for file in Path(folder).iterdir():
        if _NAME_OF_VARIABLE.fullmatch(file.name):
            os.environ.setdefault(file.name, file.read_text().rstrip("\r\n"))
