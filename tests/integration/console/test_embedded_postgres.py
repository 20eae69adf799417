"""The embedded server: what survives, what is refused, what is left untouched."""

import multiprocessing
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from services.console.embedded_postgres import EmbeddedPostgres
from services.console.postgres_account import Account, PostgresStartError
from tests.support.postgres import FreshDatabase

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that any account can enter; pytest's own is 0700."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


def small(directory: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(directory, durable=False)


def keep_a_row(server: EmbeddedPostgres) -> None:
    server.create_database("kept")
    server.query("kept", "CREATE TABLE seen AS SELECT 7 AS n")


def assert_row_kept(server: EmbeddedPostgres) -> None:
    assert server.query("kept", "SELECT n FROM seen") == "7\n"


def test_data_survives_a_restart(folder: Path) -> None:
    with small(folder / "server") as server:
        keep_a_row(server)
    with small(folder / "server") as server:
        server.create_database("kept")
        assert_row_kept(server)
    assert not (folder / "server" / "data" / "postmaster.pid").exists()


def test_a_second_start_on_the_same_folder_is_refused(folder: Path) -> None:
    with small(folder / "server") as server:
        with pytest.raises(PostgresStartError, match=f"process {os.getpid()}.* already runs PostgreSQL"):
            small(folder / "server").start()
        assert server.query("postgres", "SELECT 1") == "1\n", "the first one is not disturbed"


def test_another_object_finds_the_running_server(folder: Path) -> None:
    with small(folder / "server"):
        assert small(folder / "server").query("postgres", "SELECT 1") == "1\n"
    with pytest.raises(PostgresStartError, match="no PostgreSQL runs"):
        small(folder / "server").dsn("postgres")


def test_data_of_another_major_is_refused(folder: Path) -> None:
    with small(folder / "server") as server:
        keep_a_row(server)
    version = folder / "server" / "data" / "PG_VERSION"
    version.write_text("16\n")
    with pytest.raises(PostgresStartError, match="written by PostgreSQL 16; this program carries 18"):
        small(folder / "server").start()
    version.write_text("18\n")
    with small(folder / "server") as server:
        assert_row_kept(server)


def test_an_initialisation_that_was_cut_off_starts_over(folder: Path) -> None:
    with small(folder / "server"):
        pass
    (folder / "server" / "data").rename(folder / "server" / "data.new")
    (folder / "server" / "data.new" / "PG_VERSION").unlink()
    with small(folder / "server") as server:
        assert server.query("postgres", "SELECT 1") == "1\n"


def test_data_survives_the_killing_of_the_server(folder: Path) -> None:
    server = EmbeddedPostgres(folder / "server")
    server.start()
    keep_a_row(server)
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    server.stop()
    with small(folder / "server") as server:
        assert_row_kept(server)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the kernel does not tell children")
def test_a_killed_owner_takes_the_server_along_and_the_next_start_waits_for_it(folder: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path;"
        "from services.console.embedded_postgres import EmbeddedPostgres;"
        "server = EmbeddedPostgres(Path(sys.argv[1]), durable=False); server.start();"
        "server.create_database('kept'); server.query('kept', 'CREATE TABLE seen AS SELECT 7 AS n');"
        "print(server.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, str(folder / "server")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        server_pid = int(owner.stdout.readline())
        owner.kill()
    with small(folder / "server") as server:
        assert server.pid != server_pid
        assert_row_kept(server)


def test_a_pid_file_whose_number_now_belongs_to_another_program_does_not_stop_the_start(folder: Path) -> None:
    with small(folder / "server"):
        pass
    server_files = folder / "server" / "data"
    account = server_files.stat().st_uid
    with subprocess.Popen(["/bin/sleep", "60"], user=account if AS_ROOT else None) as stranger:
        # As a server leaves it when the machine loses power.
        lines = [
            stranger.pid,
            server_files,
            1_700_000_000,
            5432,
            folder / "server" / "socket",
            "",
            "1 1",
            "ready",
        ]
        (server_files / "postmaster.pid").write_text("\n".join(map(str, lines)))
        with small(folder / "server") as server:
            assert server.query("postgres", "SELECT 1") == "1\n"
        stranger.kill()


def test_nothing_above_the_folder_changes_and_nothing_below_is_open_to_others(folder: Path) -> None:
    above = [folder, *folder.parents]
    before = [(path.stat().st_mode, path.stat().st_uid) for path in above]
    with small(folder / "server") as server:
        assert [(path.stat().st_mode, path.stat().st_uid) for path in above] == before
        assert stat.S_IMODE((folder / "server").stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "server" / "socket").stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "server" / "password").stat().st_mode) == 0o600
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0


async def test_a_wrong_password_is_refused(folder: Path) -> None:
    with small(folder / "server") as server:
        right = server.dsn("postgres")
        password = (folder / "server" / "password").read_text()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(right.replace(password, "guess"))


def test_a_folder_whose_socket_path_would_be_too_long_works(folder: Path) -> None:
    deep = folder.joinpath(*["a-long-name-of-a-folder"] * 5)
    deep.mkdir(parents=True)
    with small(deep / "server") as server:
        assert server.query("postgres", "SELECT 1") == "1\n"
        socket_folder = Path(server.query("postgres", "SHOW unix_socket_directories").strip())
        assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700
    assert not socket_folder.exists()


@pytest.mark.skipif(not AS_ROOT, reason="only root has to change accounts")
def test_root_in_a_folder_that_others_cannot_enter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = folder / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setattr("services.console.postgres_account.ROOT_PLACE", folder / "var")
    with small(home / "run" / "server") as server:
        keep_a_row(server)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert (home / "run" / "server").readlink().parent == folder / "var"
    with small(home / "run" / "server") as server:
        assert_row_kept(server)


@pytest.mark.skipif(not AS_ROOT, reason="only root can become an ordinary user here")
def test_an_ordinary_user_needs_no_change_of_account(folder: Path) -> None:
    user = Account(65534, 65534)
    if not user.can_enter(Path(__file__).parent):
        pytest.skip("the checkout is not readable for other users")
    folder.chmod(0o777)

    def run_as_user() -> None:
        os.setgroups([])
        os.setgid(user.gid)
        os.setuid(user.uid)
        with small(folder / "server") as server:
            (folder / "answer").write_text(server.query("postgres", "SELECT 1"))

    child = multiprocessing.get_context("fork").Process(target=run_as_user)
    child.start()
    child.join()
    assert (folder / "answer").read_text() == "1\n"


@pytest.mark.skipif(not AS_ROOT, reason="only root meets folders of others")
def test_a_folder_full_of_roots_own_files_is_not_taken_over(folder: Path) -> None:
    (folder / "server").mkdir()
    (folder / "server" / "thesis.txt").write_text("years of work")
    with pytest.raises(PostgresStartError, match="not empty and belongs to root"):
        small(folder / "server").start()
    assert (folder / "server" / "thesis.txt").stat().st_uid == 0


async def test_fresh_databases_are_apart(fresh_database: FreshDatabase) -> None:
    first, second = fresh_database(), fresh_database()
    connection = await asyncpg.connect(first)
    await connection.execute("CREATE TABLE only_here (n int)")
    await connection.close()
    connection = await asyncpg.connect(second)
    try:
        assert await connection.fetchval("SELECT to_regclass('only_here')") is None
    finally:
        await connection.close()
