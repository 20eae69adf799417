"""Under which account the embedded PostgreSQL runs, and where that account can reach its files.

PostgreSQL refuses to run as root. Started by root, it runs as an unprivileged account, which often cannot
enter the folder of the checkout (a home of mode 0700). Opening those folders would be a trap for their
owner; instead the server, or the data, or both are kept under `ROOT_PLACE`, and a link shows where.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from services.console.failures import CommandError

ROOT_PLACE = Path("/var/lib/motcua")
UNPRIVILEGED = "nobody"


class PostgresStartError(CommandError):
    """The embedded PostgreSQL cannot run here; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user and group that child processes take on."""

    uid: int
    gid: int

    def own(self, path: Path) -> None:
        """Make `path` itself, and nothing above or below it, this account's."""
        os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_enter(self, directory: Path) -> bool:
        """Whether a process of this account can reach what lies in `directory`."""
        command = ["/bin/sh", "-c", 'cd -- "$0"', str(directory)]
        attempt = subprocess.run(
            command, user=self.uid, group=self.gid, extra_groups=[], cwd="/", capture_output=True, check=False
        )
        return attempt.returncode == 0


def account_for(directory: Path) -> Account | None:
    """The account to switch to; None: stay who we are. Data that exists keeps its owner."""
    if os.geteuid() != 0:
        return None
    if directory.exists() and directory.stat().st_uid != 0:
        owner = directory.stat()
        return Account(owner.st_uid, owner.st_gid)
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError as error:
        message = f"PostgreSQL does not run as root, and there is no account `{UNPRIVILEGED}` to run it as."
        raise PostgresStartError(message) from error
    return Account(entry.pw_uid, entry.pw_gid)


def open_place(directory: Path, account: Account | None) -> Path:
    """Make the folder of one server (mode 0700) and return where it really is.

    It is `directory` itself, unless `account` cannot enter it: then a folder under `ROOT_PLACE`, and
    `directory` becomes a link to it. No folder above is changed.
    """
    if not directory.exists():
        directory.parent.mkdir(parents=True, exist_ok=True)
        if account is None or account.can_enter(directory.parent):
            directory.mkdir(mode=0o700)
        else:
            directory.unlink(missing_ok=True)  # a link whose target was removed
            directory.symlink_to(_new_place(directory.parent.name))
    place = directory.resolve()
    if account is not None:
        if place.stat().st_uid == 0 and any(place.iterdir()):
            message = f"{directory} is not empty and belongs to root, which PostgreSQL does not run as."
            raise PostgresStartError(f"{message} Choose another folder.")
        account.own(place)
        if not account.can_enter(place):
            message = f"{directory} belongs to user {account.uid}, who cannot enter the folders above it."
            raise PostgresStartError(f"{message} Start as that user, or choose another folder.")
    elif place.stat().st_uid != os.geteuid():
        message = f"{directory} belongs to user {place.stat().st_uid}."
        raise PostgresStartError(f"{message} Start as that user, or choose another folder.")
    return place


def reachable_copy(installation: Path, libraries: Path, version: str, account: Account | None) -> Path:
    """The server programs where `account` can run them: `installation`, or a copy under `ROOT_PLACE`.

    The programs find their libraries by a path relative to their own, so a copy keeps the layout. One copy
    serves every checkout with the same `version`.
    """
    if account is None or account.can_enter(installation / "bin"):
        return installation
    copy = ROOT_PLACE / f"server-{version}"
    programs = copy / installation.relative_to(libraries.parent)
    if not copy.exists():
        ROOT_PLACE.mkdir(mode=0o755, parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=ROOT_PLACE))
        shutil.copytree(libraries, draft / libraries.name)
        shutil.copytree(installation, draft / installation.relative_to(libraries.parent))
        for path in [draft, *draft.rglob("*")]:
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        try:
            draft.rename(copy)
        except OSError:  # another start was quicker
            shutil.rmtree(draft)
    return programs


def _new_place(name: str) -> Path:
    ROOT_PLACE.mkdir(mode=0o755, parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f"{name.strip('.')}-", dir=ROOT_PLACE))
