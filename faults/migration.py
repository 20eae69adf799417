"""A change of the tables in steps, as the product makes them: wider rows, filled, then relied on."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from faults.releases import COLUMN

WIDER = "wider"
RELIED_ON = "relied_on"

_ALEMBIC = Path(__file__).resolve().parents[1] / "alembic.ini"
_ATTEMPTS = 10
_PAUSE_SECONDS = 1.0
_REVISION = '''"""{title}."""

from alembic import op

revision = "{name}"
down_revision = "{after}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in {up!r}:
        op.execute(statement)


def downgrade() -> None:
    for statement in {down!r}:
        op.execute(statement)
'''


class Migration:
    """Two revisions after the product's last one, of the tables of one service."""

    def __init__(self, folder: Path, service: str, table: str, dsn: str) -> None:
        """`folder` is given to the revisions."""
        self.service = service
        self.table = table
        self.refusals = 0
        """How often a lock was not to be had in time, and the step was tried again."""
        self._config = Config(_ALEMBIC, ini_section=service)
        own = ScriptDirectory.from_config(self._config)
        self.before = str(own.get_current_head())
        self._config.attributes["dsn"] = dsn
        self._config.set_section_option(service, "version_locations", f"{own.versions}:{folder}")
        folder.mkdir(parents=True)
        self._write(folder, WIDER, self.before, *self._wider())
        self._write(folder, RELIED_ON, WIDER, *self._relied_on())

    def _wider(self) -> tuple[list[str], list[str]]:
        """What the release before writes is filled by a trigger, for as long as that release runs."""
        body = f"BEGIN NEW.{COLUMN} = upper(NEW.status); RETURN NEW; END"
        return [
            f"ALTER TABLE {self.table} ADD COLUMN {COLUMN} text",
            f"CREATE FUNCTION fill_{COLUMN}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
            self._filled(),
        ], [
            f"DROP TRIGGER fill_{COLUMN} ON {self.table}",
            f"DROP FUNCTION fill_{COLUMN}",
            f"ALTER TABLE {self.table} DROP COLUMN {COLUMN}",
        ]

    def _relied_on(self) -> tuple[list[str], list[str]]:
        told = f"told_{COLUMN}"
        return [
            f"DROP TRIGGER fill_{COLUMN} ON {self.table}",
            f"ALTER TABLE {self.table} ADD CONSTRAINT {told} CHECK ({COLUMN} IS NOT NULL) NOT VALID",
        ], [
            f"ALTER TABLE {self.table} DROP CONSTRAINT {told}",
            self._filled(),
        ]

    def _filled(self) -> str:
        return (
            f"CREATE TRIGGER fill_{COLUMN} BEFORE INSERT OR UPDATE ON {self.table}"
            f" FOR EACH ROW EXECUTE FUNCTION fill_{COLUMN}()"
        )

    def _write(self, folder: Path, name: str, after: str, up: list[str], down: list[str]) -> None:
        text = _REVISION.format(title=name.capitalize(), name=name, after=after, up=up, down=down)
        (folder / f"{name}.py").write_text(text)

    async def to(self, revision: str, *, back: bool = False) -> None:
        """As `motcua migrate` does it, and again where that gave way to others."""
        step = command.downgrade if back else command.upgrade
        for attempt in range(_ATTEMPTS):
            try:
                await asyncio.to_thread(step, self._config, revision)
            except DBAPIError:
                if attempt + 1 == _ATTEMPTS:
                    raise
                self.refusals += 1
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                return
