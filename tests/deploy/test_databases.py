"""What databases.sh makes on a new server: processes work with rows, and only migrations touch tables."""

import asyncio
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from services.console.preparation import migrate
from shared.variables import SERVICES, database_variable
from tests.support.deployment import DEPLOY
from tests.support.postgres import FreshDatabase, PostgresServer

ROLES = {"owner": "{}_owner_url", "process": "{}_database_url"}


@pytest.fixture
def addresses(
    postgres_server: PostgresServer, fresh_database: FreshDatabase, tmp_path: Path
) -> Iterator[Mapping[str, Mapping[str, str]]]:
    """The addresses of both roles per service, after a migration by the owners."""
    maintenance = urlsplit(postgres_server.dsn("postgres"))
    (host,) = parse_qs(maintenance.query)["host"]
    found: dict[str, dict[str, str]] = {role: {} for role in ROLES}
    for service in SERVICES:
        for role, file in ROLES.items():
            name = f"motcua_{service}" + ("_owner" if role == "owner" else "")
            secret = f"{role}-{service}-0123"
            (tmp_path / file.format(service)).write_text(
                f"postgresql://{name}:{secret}@postgres:5432/motcua_{service}"
            )
            found[role][service] = f"postgresql://{name}:{secret}@/motcua_{service}?host={host}"
    psql = Path(postgres_server._server.program("psql"))
    try:
        subprocess.run(
            ["/bin/sh", str(DEPLOY / "compose" / "databases.sh")],
            env={
                "PATH": f"{psql.parent}:{os.environ['PATH']}",
                "PGHOST": host,
                "PGUSER": maintenance.username or "",
                "PGPASSWORD": maintenance.password or "",
                "MOTCUA_DATABASE_SECRETS": str(tmp_path),
            },
            check=True,
        )
        owners = {database_variable(service): found["owner"][service] for service in SERVICES}
        migrate({**owners, "MOTCUA_LOG_URL": fresh_database()})
        yield found
    finally:
        for service in SERVICES:
            postgres_server.execute(f"DROP DATABASE IF EXISTS motcua_{service} WITH (FORCE)")
            for role in (f"motcua_{service}", f"motcua_{service}_owner"):
                postgres_server.execute(f"DROP ROLE IF EXISTS {role}")


# One test: the roles are the whole server's, which tests in other processes use too.
def test_processes_work_with_the_rows_of_their_service(addresses: Mapping[str, Mapping[str, str]]) -> None:
    for service in SERVICES:
        asyncio.run(works_with_rows_and_touches_no_table(addresses["process"][service]))
    elsewhere = addresses["process"]["stats"].replace("@/motcua_stats", "@/motcua_intake")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        asyncio.run(asyncpg.connect(elsewhere))


async def works_with_rows_and_touches_no_table(address: str) -> None:
    connection = await asyncpg.connect(address)
    try:
        lacking = await connection.fetch(
            "SELECT oid::regclass, wanted FROM pg_class,"
            " unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS wanted"
            " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
            " AND NOT has_table_privilege(oid, wanted)"
        )
        assert lacking == []
        assert await connection.fetchval("SHOW idle_in_transaction_session_timeout") == "1min"
        assert await connection.fetchval("SELECT count(*) FROM alembic_version") == 1
        for statement in ("CREATE TABLE mine ()", "DROP TABLE alembic_version", "CREATE SCHEMA mine"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()
