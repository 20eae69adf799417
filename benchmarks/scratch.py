"""Databases beside the system's own, on the same server: for what must not mix with its work."""

from benchmarks.installation import Installation
from shared.database import DEMO_MARK


def copy_of(
    measured: Installation, service: str, *, whole: bool = False, with_table: str | None = None
) -> str:
    """A database with the tables of `service`, all empty, or `whole`, or all but `with_table`; its name."""
    name = f"scratch_{service}"
    server = measured.server
    server.query("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    server.create_database(name)
    server.query("postgres", f"COMMENT ON DATABASE {name} IS '{DEMO_MARK}'")

    def copy(*chosen: str) -> None:
        dump = server.run("pg_dump", f"motcua_{service}", "--no-owner", "--no-comments", *chosen)
        server.query(name, dump)

    copy(*([] if whole else ["--schema-only"]))
    if with_table:
        copy("--data-only", f"--table={with_table}")
    server.query(name, "VACUUM ANALYZE")
    return name
