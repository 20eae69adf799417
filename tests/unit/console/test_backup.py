"""What is in a backup place, and what is damaged there."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.console.backup.documents import CorruptDocumentError, Documents
from services.console.backup.keys import copy_keys, put_back_keys
from services.console.backup.place import BackupPlace, Base, segments_of, write_manifest
from services.console.backup.taking import drop_all_but
from services.console.backup.verification import verify
from services.console.failures import CommandError
from services.console.main import app
from services.console.run_folder import DATABASE_VARIABLES, RunFolder

NOON = datetime(2026, 5, 15, 5, tzinfo=UTC)


def segment(number: int) -> str:
    return f"0000000100000000000000{number:02X}"


def base(place: BackupPlace, number: int, first: int, last: int) -> Base:
    """A whole backup that ended `number` hours after noon."""
    ended = NOON + timedelta(hours=number)
    made = Base(f"base-{number}", ended, ended, "0.1.0", "postgresql", segment(first), segment(last), 1)
    folder = place.bases / made.name
    folder.mkdir()
    write_manifest(folder, made)
    return made


def run(place: BackupPlace, name: str, *files: str) -> None:
    (place.wal / name).mkdir()
    for file in files:
        (place.wal / name / file).touch()


def test_two_copiers_do_not_disturb_each_other(tmp_path: Path) -> None:
    source, target = tmp_path / "documents", tmp_path / "copies"
    target.mkdir()
    for number in range(200):
        document(source, b"%d" % number)
    copiers = [Documents(source, target, by=str(number)) for number in range(4)]
    with ThreadPoolExecutor(len(copiers)) as threads:
        for copied in [threads.submit(copier.copy) for copier in copiers]:
            copied.result()
    assert len(list(target.glob("*/*"))) == 200


@pytest.fixture
def place(tmp_path: Path) -> BackupPlace:
    made = BackupPlace(tmp_path / "backups")
    made.prepare("one")
    return made


def test_a_place_belongs_to_one_installation_and_to_nothing_else(place: BackupPlace, tmp_path: Path) -> None:
    place.prepare("one")
    with pytest.raises(CommandError, match="of another installation"):
        place.prepare("two")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    with pytest.raises(CommandError, match="something else"):
        BackupPlace(tmp_path / "photos").prepare("one")
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="cannot be used"):
        BackupPlace(tmp_path / "file" / "below").prepare("one")


def test_only_whole_backups_count(place: BackupPlace) -> None:
    made = [base(place, number, number, number) for number in (2, 1)]
    (place.bases / "base-3.new").mkdir()
    write_manifest(place.bases / "base-3.new", made[0])
    assert place.finished() == made[::-1]
    place.drop_unfinished()
    assert not (place.bases / "base-3.new").exists()


def test_the_log_goes_on_in_the_run_that_holds_the_end_of_the_backup(place: BackupPlace) -> None:
    made = base(place, 1, 3, 4)
    run(place, "a", segment(1), segment(2), f"{segment(3)}.partial")  # ended before it
    assert place.segments_after(made) == []
    run(place, "b", "00000001.history", *map(segment, (2, 3, 4, 5)), f"{segment(6)}.partial")
    run(place, "c", segment(7))  # begun after it: something is missing
    assert [file.name for file in place.segments_after(made)] == [
        "00000001.history", segment(3), segment(4), segment(5), f"{segment(6)}.partial",
    ]  # fmt: skip


def test_old_backups_go_with_the_log_that_only_they_needed(place: BackupPlace) -> None:
    for number in (1, 2, 3):
        base(place, number, 2 * number, 2 * number)
    run(place, "a", "00000002.history", *map(segment, range(1, 8)))
    assert drop_all_but(place, 2) == ["base-1"]
    assert [each.name for each in place.finished()] == ["base-2", "base-3"]
    assert sorted(file.name for file in place.wal.glob("*/*")) == [
        *map(segment, range(4, 8)), "00000002.history",
    ]  # fmt: skip
    assert drop_all_but(place, 2) == []


def test_the_segments_of_a_backup_are_those_of_its_manifest(tmp_path: Path) -> None:
    ranges = [{"Timeline": 2, "Start-LSN": "1/2000028", "End-LSN": "2/FF000100"}]
    (tmp_path / "backup_manifest").write_text(json.dumps({"WAL-Ranges": ranges}))
    assert segments_of(tmp_path / "backup_manifest") == (
        "000000020000000100000002",
        "0000000200000002000000FF",
    )


def copied_server(folder: Path) -> Path:
    """A file and a manifest as PostgreSQL writes it."""
    (folder / "table").write_bytes(b"rows")
    told = {"Path": "table", "Size": 4, "Checksum": hashlib.sha256(b"rows").hexdigest()}
    body = f'{{ "Files": [\n{json.dumps(told)}\n],\n'
    checksum = hashlib.sha256(body.encode()).hexdigest()
    (folder / "backup_manifest").write_text(f'{body}"Manifest-Checksum": "{checksum}"}}\n')
    return folder


@pytest.mark.parametrize(
    ("file", "content", "why"),
    [
        ("table", b"rowz", "table was changed"),
        ("table", b"rows and more", "table was changed"),
        ("table", None, "table is missing"),
        ("backup_manifest", None, "backup_manifest is missing"),
        ("backup_manifest", b'{"Files": [], "Manifest-Checksum": "0"}', "backup_manifest was changed"),
    ],
)
def test_a_damaged_backup_is_found(tmp_path: Path, file: str, content: bytes | None, why: str) -> None:
    verify(copied_server(tmp_path))
    (tmp_path / file).unlink()
    if content is not None:
        (tmp_path / file).write_bytes(content)
    with pytest.raises(CommandError, match=why):
        verify(tmp_path)


def document(folder: Path, content: bytes, name: str | None = None) -> str:
    digest = name or hashlib.sha256(content).hexdigest()
    (folder / digest[:2]).mkdir(parents=True, exist_ok=True)
    (folder / digest[:2] / digest).write_bytes(content)
    return digest


def test_every_document_is_copied_once(tmp_path: Path) -> None:
    source, target = tmp_path / "documents", tmp_path / "copies"
    target.mkdir()
    copies = Documents(source, target, by="test")
    assert copies.copy().documents == 0  # there are none yet
    first = document(source, b"first")
    (source / first[:2] / f"{first}#1").touch()  # is being written
    assert (copies.copy().documents, copies.copy().documents) == (1, 0)
    document(source, b"second")
    copied = copies.copy()
    assert (copied.documents, copied.bytes) == (1, 6)
    assert {file.read_bytes() for file in target.glob("*/*")} == {b"first", b"second"}


def test_a_document_that_is_not_what_its_name_says_is_not_copied(tmp_path: Path) -> None:
    document(tmp_path / "documents", b"changed", name="ab" * 32)
    (tmp_path / "copies").mkdir()
    with pytest.raises(CorruptDocumentError, match="abab"):
        Documents(tmp_path / "documents", tmp_path / "copies", by="test").copy()
    assert list((tmp_path / "copies").glob("*/*")) == []


def test_keys_come_back_as_they_were_closed_to_everybody_else(tmp_path: Path) -> None:
    folder, other = RunFolder(tmp_path / "run"), RunFolder(tmp_path / "other")
    folder.prepare()
    folder.business_clock.write_bytes(b"\0\1\2\3\4\5\6\xff")
    (folder.token_keys / "private.json").write_text("{}")
    other.path.mkdir()
    keys = tmp_path / "keys"
    keys.mkdir()
    copy_keys(folder, keys)
    (keys / "sealing-key.7.new").touch()  # a killed copy
    put_back_keys(keys, other)
    assert other.was_prepared()
    assert sorted(path.name for path in other.path.rglob("*") if path.is_file()) == [
        "business-clock", "private.json", "sealing-key",
    ]  # fmt: skip
    assert other.business_clock.read_bytes() == folder.business_clock.read_bytes()
    assert {path.stat().st_mode & 0o777 for path in other.path.rglob("*") if path.is_file()} == {0o600}


def refused(*arguments: str) -> str:
    told = CliRunner().invoke(app, list(arguments))
    assert (told.exit_code in {1, 2}, told.stdout) == (True, ""), told.output
    return told.stderr.replace("\n", " ")


def test_bad_input_is_told(place: BackupPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new, there = str(tmp_path / "new"), str(place.path)
    assert "There is no whole backup in" in refused("restore", "--from", there, "--to-data", new)
    base(place, 1, 1, 1)
    restore = ("restore", "--from", there, "--to-data")
    assert "overwrites none" in refused(*restore, str(tmp_path))
    assert "no earlier moment" in refused(*restore, new, "--to-time", "2026-05-15T12:30:00+07:00")
    assert "was not archived" in refused(*restore, new, "--to-time", "2026-05-15T14:00:00+07:00")
    assert "has not come yet" in refused(*restore, new, "--to-time", "2999-01-01T00:00:00+07:00")
    assert "no moment with its time zone" in refused(*restore, new, "--to-time", "2026-05-15T14:00:00")
    assert "is damaged" in refused(*restore, new)
    assert not Path(new).exists()
    assert "No system ever ran on" in refused("backup", "--to", there, "--data", str(tmp_path / "none"))
    for name in DATABASE_VARIABLES:
        monkeypatch.setenv(name, "postgresql://u:p@127.0.0.1:1/x")
    assert "backed up where they are" in refused("backup", "--to", there)
