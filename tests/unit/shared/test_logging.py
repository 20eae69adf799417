"""What a log line looks like, and what never gets into one."""

import io
import json
import logging
import subprocess
import sys
from datetime import datetime
from typing import Any

import pytest
import structlog

from shared.observability.logging import configure_logging, make_printable


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Any:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    before = logging.root.handlers[:], logging.root.level
    configure_logging("worker")

    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    yield read
    logging.root.handlers[:], logging.root.level = before
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def test_a_line_is_json_in_utc(lines: Any) -> None:
    structlog.get_logger("relay").info("sent", records=3)
    (line,) = lines()
    assert (line["process"], line["logger"], line["event"], line["records"]) == ("worker", "relay", "sent", 3)
    assert datetime.fromisoformat(line["timestamp"]).utcoffset().total_seconds() == 0  # type: ignore[union-attr]


def test_libraries_logs_take_the_same_form(lines: Any) -> None:
    logging.getLogger("uvicorn.error").warning("limit %s", 5, extra={"token": "t0p"})
    (line,) = lines()
    assert (line["process"], line["event"], line["level"]) == ("worker", "limit 5", "warning")
    assert line["token"] == "withheld"


def test_a_client_that_tries_again_and_again_says_so_once(lines: Any) -> None:
    for attempt in range(5):
        logging.getLogger("aiokafka.consumer").error("Unable connect to %s", attempt)
        logging.getLogger("aiokafka.consumer").error("Unable to ask %s", attempt)
        logging.getLogger("relay").warning("relay_waits")
    told = [line["event"] for line in lines()]
    assert sorted(told) == ["Unable connect to 0", "Unable to ask 0", *["relay_waits"] * 5]


def test_a_value_cannot_fake_a_line(lines: Any) -> None:
    structlog.get_logger().info("refused", reason='x\n{"event": "accepted"}\u2028\x1b[2J')
    assert len(lines()) == 1


def test_secrets_and_personal_words_are_withheld_and_long_values_cut(lines: Any) -> None:
    structlog.get_logger().info("seen", full_name="Nguyễn Văn A", password="x", note="z" * 5_000)
    (line,) = lines()
    assert (line["full_name"], line["password"]) == ("withheld", "withheld")
    assert len(line["note"]) < 2_100


def test_a_database_error_does_not_repeat_the_row(lines: Any) -> None:
    refusal = "duplicate key\nDETAIL:  Key (id_number)=(040093001234) already exists."
    structlog.get_logger().error("failed", exc_info=ValueError(refusal))
    (line,) = lines()
    assert "duplicate key" in line["exception"]
    assert "040093001234" not in json.dumps(line)


def test_for_a_terminal_control_characters_are_shown_and_vietnamese_stays() -> None:
    shown = make_printable(None, "info", {"reason": "Hồ sơ\n\x1b[2J", "records": 3})
    assert shown == {"reason": "Hồ sơ\\n\\x1b[2J", "records": 3}


def test_it_works_in_a_process_of_its_own() -> None:
    program = (
        "import structlog; from shared.observability.logging import configure_logging;"
        "configure_logging('api', level='warning'); log = structlog.get_logger('x');"
        "log.info('quiet'); log.warning('loud')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert [json.loads(line)["event"] for line in done.stderr.splitlines()] == ["loud"]
    assert not done.stdout
