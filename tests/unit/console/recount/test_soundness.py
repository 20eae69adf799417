"""What is wrong with a history is found, and nothing where nothing is."""

from typing import Any

import pytest

from services.console.recount.histories import Entry
from services.console.recount.soundness import faults
from shared.legal_clock.calendar import CalendarDay, DayKind, WorkingCalendar
from shared.schemas.lifecycle import EventType
from tests.support.calendars import CALENDAR, DEFINITION
from tests.support.entries import changed, entries
from tests.support.stories import Story, day

_NEXT = WorkingCalendar(
    DEFINITION.with_days(CalendarDay(date=day("2023-05-18"), kind=DayKind.SWAPPED_DAY_OFF, name="Đổi lịch"))
)
CALENDARS = {1: CALENDAR, 2: _NEXT}
WORKING_DAYS = {"amount": 5, "unit": "working_day"}


def accepted(appointment: str = "2023-05-22", policy: str = "resume") -> Story:
    """Five working days from Monday, 15 May 2023."""
    story = Story()
    story._facts |= {"committed": WORKING_DAYS, "pause_policy": policy}
    return story.file("2023-05-15 08:00").accept("2023-05-15 09:00", appointment)


def found(life: list[Entry]) -> list[str]:
    return list(faults(life, CALENDARS))


def test_a_sound_life() -> None:
    story = accepted().request_supplement("2023-05-17").provide_supplement("2023-05-24", "2023-05-29")
    assert found(entries(story.resolve("2023-05-29", "2023-05-29"))) == []


def test_an_entry_that_was_changed_is_found() -> None:
    life = entries(accepted())
    data = {**life[1].data, "reason_code": "for_a_friend"}
    assert found(changed(life, 2, data=data)) == [
        "H41.SCT-230515-0001/2: its columns are not those that were hashed"
    ]


@pytest.mark.parametrize(
    ("column", "value"),
    [("actor", "urn:test|nobody"), ("reason", None), ("salt", bytes(15) + b"x"), ("type", "arrived")],
)
def test_every_column_is_hashed(column: str, value: Any) -> None:
    assert any("hashed" in fault for fault in found(changed(entries(accepted()), 1, **{column: value})))


def test_an_entry_that_is_gone_is_found() -> None:
    first, second, third = entries(accepted().add(EventType.STARTED, "2023-05-15 10:00"))
    assert found([first, third]) == ["H41.SCT-230515-0001/3: entry 2 is missing"]
    assert found([second, third])[0] == "H41.SCT-230515-0001/2: entry 1 is missing"


def test_an_entry_of_another_history_is_found() -> None:
    ours, theirs = entries(accepted()), entries(Story().file("2023-05-15 07:00").accept("2023-05-15", None))
    assert "H41.SCT-230515-0001/2: does not follow the entry before" in found([ours[0], theirs[1]])


@pytest.mark.parametrize("appointment", ["2023-05-21", "2023-05-23"])
def test_a_wrong_first_appointment_is_found(appointment: str) -> None:
    assert found(entries(accepted(appointment))) == [
        f"H41.SCT-230515-0001/2: appointment {appointment}, the legal clock says 2023-05-22"
    ]


@pytest.mark.parametrize(("policy", "right"), [("resume", "2023-05-29"), ("restart", "2023-05-31")])
def test_an_appointment_after_a_pause_is_computed_again(policy: str, right: str) -> None:
    story = accepted(policy=policy).request_supplement("2023-05-17")
    assert found(entries(story.provide_supplement("2023-05-24", right))) == []
    other = accepted(policy=policy).request_supplement("2023-05-17")
    assert found(entries(other.provide_supplement("2023-05-24", "2023-06-01"))) == [
        f"H41.SCT-230515-0001/4: appointment 2023-06-01, the legal clock says {right}"
    ]


def test_a_cancelled_request_never_restarts_the_duration() -> None:
    asked = accepted(policy="restart").request_supplement("2023-05-17")
    assert found(entries(asked.cancel_supplement("2023-05-24", "2023-05-29"))) == []
    other = accepted(policy="restart").request_supplement("2023-05-17")
    assert found(entries(other.cancel_supplement("2023-05-24", "2023-05-31"))) == [
        "H41.SCT-230515-0001/4: appointment 2023-05-31, the legal clock says 2023-05-29"
    ]


def test_a_payment_counts_from_when_it_was_made() -> None:
    story = accepted().request_payment("2023-05-17").pay("2023-05-24", "2023-05-24")
    story.events[-1].data["effective_at"] = "2023-05-19T03:00:00Z"
    assert found(entries(story)) == []


def test_a_newer_calendar_holds_from_where_it_is_named() -> None:
    story = accepted().move_appointment("2023-05-16", "2023-05-23")
    story.events[-1].data["calendar_version"] = 2
    assert found(entries(story.resolve("2023-05-23", "2023-05-23"))) == []


def test_a_result_is_measured_against_the_appointment_that_stood() -> None:
    assert found(entries(accepted().resolve("2023-05-23", "2023-05-23"))) == [
        "H41.SCT-230515-0001/3: appointment 2023-05-23, the legal clock says 2023-05-22"
    ]
