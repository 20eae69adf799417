"""The small files without which a restored installation would be locked."""

from pathlib import Path

from services.console.run_folder import RunFolder, write_secret


def copy_keys(folder: RunFolder, keys: Path) -> None:
    """Copy what has changed of them to `keys`, each whole or not at all."""
    for file in folder.small_files():
        _copy(file, keys / file.relative_to(folder.path))


def put_back_keys(keys: Path, folder: RunFolder) -> None:
    """The opposite."""
    for file in keys.rglob("*"):
        if file.is_file() and file.suffix != ".new":  # what a killed copy left
            _copy(file, folder.path / file.relative_to(keys))


def _copy(file: Path, to: Path) -> None:
    content = file.read_bytes()
    if not to.exists() or to.read_bytes() != content:
        to.parent.mkdir(mode=0o700, exist_ok=True)
        write_secret(to, content)
