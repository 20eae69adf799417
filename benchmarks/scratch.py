"""Databases beside the system's own, on the same server: for what must not mix with its work."""

from benchmarks.installation import Installation
from shared.database import DEMO_MARK


def copy_of(measured: Installation, service: str, *, whole: bool = False) -> str:
    """A database with the tables of `service`, empty unless `whole`; its name."""
    name = f"scratch_{service}"
    server = measured.server
    server.query("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    server.create_database(name)
    server.query("postgres", f"COMMENT ON DATABASE {name} IS '{DEMO_MARK}'")
    dump = server.run(
        "pg_dump", f"motcua_{service}", *([] if whole else ["--schema-only"]), "--no-owner", "--no-comments"
    )
    server.query(name, dump)
    server.query(name, "VACUUM ANALYZE")
    return name
