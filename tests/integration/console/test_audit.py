"""`motcua audit verify`: every change behind everybody's back is found, and only these."""

import asyncio
import json
from typing import Any

import pytest
from typer.testing import CliRunner

from services.console.audit import chains
from services.console.main import app
from tests.integration.console.test_verify import Province, _changed, province
from tests.support.population import STANDINGS

__all__ = ["province"]

NOW = ("--as-of", "2023-05-15T09:00:00+07:00")


def audit(province: Province, *more: str) -> tuple[int, dict[str, Any]]:
    """Exit status and what was found."""
    arguments = ["audit", "verify", "--data", str(province.folder), "--format", "json", *more]
    told = CliRunner().invoke(app, arguments)
    assert told.stdout, told.stderr
    return told.exit_code, json.loads(told.stdout)


def audit_with(province: Province, service: str, table: str, change: str, *more: str) -> tuple[int, Any]:
    """The same while some rows were changed."""

    async def changed() -> tuple[int, Any]:
        async with _changed(getattr(province.databases, service), table, change):
            return await asyncio.to_thread(audit, province, *more)

    return asyncio.run(changed())


def test_whole_chains_are_found_whole(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    status, found = audit(province)
    assert (status, found["sound"], found["faults"], found["broken"]) == (0, True, [], 0)
    assert found["dossiers"] == len(STANDINGS)
    parts = [audit(province, "--service", service)[1] for service in ("intake", "processing")]
    assert found["entries"] == sum(part["entries"] for part in parts)
    assert all(part["sound"] for part in parts)
    # However many are looked at at once.
    monkeypatch.setattr(chains, "_BATCH", 3)
    assert audit(province)[1] == found


@pytest.mark.parametrize(
    ("service", "table", "change", "told"),
    [
        ("intake", "history", "UPDATE history SET reason = 'x' WHERE type = 'refused'", "not those that"),
        ("intake", "history", "UPDATE history SET hash = previous_hash WHERE sequence = 1", "columns"),
        ("processing", "history", "DELETE FROM history WHERE type = 'resolved'", "is missing"),
        ("processing", "history", "DELETE FROM history WHERE type = 'handed_over'", "says version"),
        ("intake", "history", "DELETE FROM history WHERE sequence = 1", "entry 1 is missing"),
        ("intake", "dossier", "UPDATE dossier SET version = version + 1", "says version"),
        ("processing", "case_file", "UPDATE case_file SET head_hash = 'x'", "another hash"),
    ],
)  # fmt: skip
def test_every_change_is_found(province: Province, service: str, table: str, change: str, told: str) -> None:
    status, found = audit_with(province, service, table, change)
    assert (status, found["sound"]) == (1, False)
    assert any(told in fault for fault in found["faults"])


def test_a_history_that_is_gone_as_a_whole_is_missed(province: Province) -> None:
    first = "SELECT min(code) FROM history WHERE type = 'refused'"
    change = f"DELETE FROM history WHERE code = ({first})"  # noqa: S608 - a test's own
    status, found = audit_with(province, "intake", "history", change)
    assert status == 1
    assert [fault.partition(": ")[2] for fault in found["faults"]] == ["intake has a row and no history"]


def test_a_digest_is_kept_as_long_as_nothing_of_its_moment_changes(province: Province) -> None:
    assert audit(province)[1]["as_of"] == "2023-05-15T01:44:59.999999+00:00"  # what is said to be complete
    _, found = audit(province, *NOW)
    expected = ["--as-of", found["as_of"], "--expect", found["digest"]]
    assert audit(province, *expected)[0] == 0
    # A whole history that is written anew, chain and all, holds together; only the digest tells.
    change = "UPDATE history SET hash = 'x' WHERE sequence = (SELECT max(sequence) FROM history)"
    assert audit_with(province, "processing", "history", change, *expected)[1]["digest"] != found["digest"]
    assert audit(province, *expected[:-1], "0" * 64)[0] == 1


def test_a_part_can_be_looked_at(province: Province) -> None:
    _, whole = audit(province, *NOW)
    (day,) = whole["digests"]
    assert audit(province, "--day", day)[1]["dossiers"] == whole["dossiers"]
    assert audit(province, "--day", "2020-01-01")[1]["dossiers"] == 0
    _, found = audit(province, "--from", "H41.ZZZ-230515-0001")
    assert found["dossiers"] == 0


def test_bad_input_is_told() -> None:
    told = CliRunner().invoke(app, ["audit", "verify", "--from", "H41"])
    assert told.exit_code == 2
    assert "is no dossier code" in told.stderr
