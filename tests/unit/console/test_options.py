"""What is given to a command is understood in one way, or refused in words."""

from datetime import UTC, datetime

import pytest
import typer
from typer.testing import CliRunner

from services.console.main import app
from services.console.options import AsOf, read_day

runner = CliRunner()


def read(text: str) -> str:
    """What a command is given for `--as-of`, or why it is not."""
    shown = typer.Typer(rich_markup_mode=None)

    @shown.command()
    def show(as_of: AsOf = None) -> None:
        typer.echo(as_of and as_of.astimezone(UTC).isoformat())

    return runner.invoke(shown, ["--as-of", text]).output.splitlines()[-1]


def test_a_moment_has_its_time_zone() -> None:
    assert read("2023-06-15T08:00:00+07:00") == datetime(2023, 6, 15, 1, tzinfo=UTC).isoformat()
    for wrong in ("2023-06-15T08:00:00", "yesterday", "2023-06-31T08:00:00Z"):
        assert read(wrong).endswith(
            f"'{wrong}' is no moment with its time zone, like 2023-06-15T08:00:00+07:00"
        )


@pytest.mark.parametrize("text", ["2023-02-30", "20230215", "15.02.2023", ""])
def test_a_day_is_written_in_one_way(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is no day, like 2023-05-15"):
        read_day(text)


def test_a_period_that_ends_before_it_begins_is_refused_at_once() -> None:
    wrong = runner.invoke(app, ["verify", "--from", "2023-06-14", "--to", "2023-05-15"])
    assert wrong.exit_code == 2
    assert "Invalid value for '--to': 2023-05-15 is before the first day, 2023-06-14" in wrong.output


@pytest.mark.parametrize("command", ["report", "verify"])
def test_commands_read_days_and_moments_alike(command: str) -> None:
    wrong = runner.invoke(app, [command, "--from", "2023-02-30", "--to", "2023-03-01"])
    assert wrong.exit_code == 2
    assert wrong.output.splitlines()[-1].endswith("'2023-02-30' is no day, like 2023-05-15")
    wrong = runner.invoke(app, [command, "--from", "2023-02-01", "--to", "2023-03-01", "--as-of", "now"])
    assert "'now' is no moment with its time zone" in wrong.output
