"""What single lives add to the figures, written down life by life."""

from datetime import date

import pytest

from services.console.recount.count import tally
from shared.schemas.lifecycle import EventType
from tests.support.entries import entries
from tests.support.stories import Story, moment

CELL = ("H41.SCT", "H41.TTPVHCC", "Xúc tiến thương mại", "2.000004", "counter")
MAY = ("2023-05-15", "2023-06-14")
IN_PROGRESS = {"in_progress": 1, "under_processing": 1}
RECEIVED = {"filed": 1, "received": 1, "received_counter": 1, "digitised": 1, "components": 2}
RESOLVED = {"resolved": 1, "results": 1, "results_digitised": 1}


def counted(
    story: Story, period: tuple[str, str] = MAY, *, agency: str = "H41.SCT", as_of: str | None = None
) -> dict[str, int]:
    """The words of one agency in a period."""
    start, end = map(date.fromisoformat, period)
    found = tally(entries(story), start, end, moment(as_of) if as_of else None)
    return {word: n for (cell, word), n in found.items() if cell[0] == agency}


def accepted(at: str = "2023-05-16", appointment: str | None = "2023-05-23", **facts: str) -> Story:
    return Story(**facts).file(at).accept(at, appointment)  # type: ignore[arg-type]


def test_the_cell_is_where_the_dossier_was_pinned() -> None:
    assert {cell for cell, _ in tally(entries(accepted()), date(2023, 5, 15), date(2023, 6, 14))} == {CELL}


@pytest.mark.parametrize(
    ("finished", "word"),
    [("2023-05-22", "early"), ("2023-05-23 23:59", "on_time"), ("2023-05-24 00:00", "late")],
)
def test_a_result_is_compared_by_its_local_day(finished: str, word: str) -> None:
    story = accepted().resolve(finished, "2023-05-23")
    assert counted(story) == {**RECEIVED, **RESOLVED, word: 1}


def test_no_appointment_is_never_on_time() -> None:
    assert counted(accepted(appointment=None)) == {**RECEIVED, **IN_PROGRESS, "undated_open": 1}
    story = accepted(appointment=None).resolve("2023-05-17", None, results=0)
    assert counted(story) == {**RECEIVED, "resolved": 1, "undated": 1, "results": 1}


def test_what_came_before_is_carried_over_and_what_comes_after_is_not_there() -> None:
    before = accepted("2023-05-14 23:59")
    assert counted(before) == {"carried_over": 1, **IN_PROGRESS, "overdue": 1}
    assert "carried_over" not in counted(accepted("2023-05-15 00:00"))
    assert counted(accepted("2023-06-15 00:00")) == {}


def test_overdue_begins_with_the_day_after_the_appointment() -> None:
    story = accepted()
    assert counted(story, ("2023-05-15", "2023-05-23"))["in_time"] == 1
    assert counted(story, ("2023-05-15", "2023-05-24"))["overdue"] == 1


def test_a_case_that_is_worked_on_is_still_in_progress() -> None:
    story = accepted().add(EventType.STARTED, "2023-05-17")
    assert counted(story) == {**RECEIVED, **IN_PROGRESS, "overdue": 1}


def test_a_past_moment_knows_no_later_day() -> None:
    story = accepted()
    assert counted(story, as_of="2023-05-23 23:59")["in_time"] == 1
    assert counted(story, as_of="2023-05-24 00:00")["overdue"] == 1
    later = ("2023-06-01", "2023-06-14")
    assert counted(story, later, as_of="2023-05-23") == {"carried_over": 1, **IN_PROGRESS, "in_time": 1}


@pytest.mark.parametrize(
    "story",
    [
        accepted().request_supplement("2023-05-17").provide_supplement("2023-05-24", "2023-05-29"),
        accepted().request_supplement("2023-05-17").cancel_supplement("2023-05-24", "2023-05-29"),
        accepted().request_payment("2023-05-17").pay("2023-05-24", "2023-05-29"),
        accepted().move_appointment("2023-05-17", "2023-05-29"),
    ],
)
def test_a_new_appointment_is_the_one_that_counts(story: Story) -> None:
    assert counted(story, ("2023-05-15", "2023-05-29"))["in_time"] == 1
    assert counted(story, ("2023-05-15", "2023-05-30"))["overdue"] == 1


def test_a_pause_keeps_what_was_before_it() -> None:
    in_time = accepted().request_supplement("2023-05-23")
    assert counted(in_time) == {
        **RECEIVED, "supplement_requests": 1, "in_progress": 1, "awaiting_supplement": 1,
    }  # fmt: skip
    overdue = accepted().request_payment("2023-05-24")
    assert counted(overdue) == {
        **RECEIVED, "in_progress": 1, "awaiting_payment": 1, "awaiting_payment_overdue": 1,
    }  # fmt: skip
    paid = counted(overdue.pay("2023-05-30", "2023-05-23"))
    assert (paid["overdue"], paid["payments"], paid["payments_online"]) == (1, 1, 1)


def test_a_pause_goes_on_beneath_a_withdrawal_and_shows_again() -> None:
    story = accepted().request_supplement("2023-05-17").add(EventType.WITHDRAWAL_REQUESTED, "2023-05-18")
    assert counted(story) == {**RECEIVED, "supplement_requests": 1, **IN_PROGRESS, "in_time": 1}
    story.add(EventType.WITHDRAWAL_DECLINED, "2023-05-19")
    assert counted(story)["awaiting_supplement"] == 1


def test_closing_without_a_result_is_apart() -> None:
    story = accepted().add(EventType.SENT_BACK, "2023-05-30")
    assert counted(story) == {**RECEIVED, "closed_without_result": 1, "sent_back": 1}


def test_an_annulled_closing_counts_for_nothing_once_it_is_annulled() -> None:
    story = accepted().resolve("2023-05-22 23:50", "2023-05-23").annul("2023-05-23 00:10")
    assert counted(story) == {**RECEIVED, **IN_PROGRESS, "overdue": 1}
    day = ("2023-05-22", "2023-05-22")
    assert "resolved" not in counted(story, day)
    assert counted(story, day, as_of="2023-05-22 23:55")["resolved"] == 1
    assert counted(story, day, as_of="2023-05-23 00:10")["in_progress"] == 1


def test_the_dispatch_of_an_annulled_result_is_no_use_of_the_post() -> None:
    story = accepted().resolve("2023-05-22", "2023-05-23").dispatch("2023-05-23")
    assert counted(story)["postal_returns"] == 1
    story.annul("2023-05-24", 3)
    assert "postal_returns" not in counted(story)
    story.resolve("2023-05-25", "2023-05-23").dispatch("2023-05-26").add(
        EventType.DISPATCH_RETURNED, "2023-05-29"
    ).dispatch("2023-05-30", attempt=2)
    assert counted(story)["postal_returns"] == 1


def test_a_transfer_on_the_day_of_acceptance_moves_it_whole() -> None:
    story = accepted().transfer("2023-05-16 15:00", "H41.SYT")
    assert counted(story) == {**RECEIVED, "transferred_out": 1}
    assert counted(story, agency="H41.SYT") == {"transferred_in": 1, **IN_PROGRESS, "overdue": 1}
    later = ("2023-05-17", "2023-06-14")
    assert counted(story, later) == {}
    assert counted(story, later, agency="H41.SYT") == {"carried_over": 1, **IN_PROGRESS, "overdue": 1}


def test_before_acceptance_nothing_is_received() -> None:
    story = Story(channel="online").file("2023-05-16 16:00", due="2023-05-17 16:00")
    assert counted(story, ("2023-05-15", "2023-05-16")) == {"filed": 1, "submitted": 1}
    story.request_completion("2023-05-17 17:00", due="2023-05-17 16:00")
    assert counted(story) == {"filed": 1, "incomplete": 1, "answered_late": 1}
    story.add(EventType.LAPSED, "2023-06-14 08:00")
    assert counted(story) == {"filed": 1, "answered_late": 1, "not_accepted": 1, "lapsed": 1}


def test_from_the_day_on_which_the_hours_end_nobody_has_answered() -> None:
    story = Story(channel="online").file("2023-05-16 16:00", due="2023-05-17 16:00")
    assert counted(story, ("2023-05-17", "2023-05-17")) == {"submitted": 1, "unanswered": 1}


def test_a_late_answer_is_late_whatever_it_says() -> None:
    def asked() -> Story:
        return Story(channel="online").file("2023-05-16 16:00", due="2023-05-17 16:00")

    due = "2023-05-17 16:00"
    for late in (
        asked().accept("2023-05-17 16:01", None, due=due),
        asked().refuse("2023-05-17 16:01", due=due),
    ):
        assert counted(late)["answered_late"] == 1
    assert "answered_late" not in counted(asked().accept("2023-05-17 16:00", None, due=due))


def test_a_second_decision_is_no_second_answer() -> None:
    story = Story(channel="online").file("2023-05-16 08:00", due="2023-05-17 08:00")
    story.request_completion("2023-05-16 09:00", due="2023-05-17 08:00")
    story.refuse("2023-05-19", due="2023-05-17 08:00")
    assert counted(story) == {"filed": 1, "not_accepted": 1, "refused": 1}


def test_the_post_and_what_is_counted_beside() -> None:
    story = Story(channel="postal").file("2023-05-16").arrive("2023-05-17", due="2023-05-18", picked_up=True)
    story.accept("2023-05-17 11:00", "2023-05-24", components=3, reused=1)
    story.request_supplement("2023-05-18").provide_supplement("2023-05-19", "2023-05-25", components=2)
    story.request_supplement("2023-05-20", number=2).cancel_supplement("2023-05-21", "2023-05-26")
    story.request_payment("2023-05-22").pay("2023-05-23", "2023-05-29", online=False)
    story.apologise("2023-05-24", "2023-06-01").resolve("2023-05-29", "2023-05-29")
    story.dispatch("2023-05-30").hand_over("2023-05-31", "post")
    assert counted(story) == {
        "filed": 1, "received": 1, "received_postal": 1, "digitised": 1, "components": 5,
        "components_reused": 1, "postal_submissions": 1, "postal_pickups": 1, "postal_returns": 1,
        "supplement_requests": 2, "second_supplement_requests": 1, "payments": 1, "apologies": 1,
        **RESOLVED, "on_time": 1, "handed_over": 1, "handed_over_post": 1,
    }  # fmt: skip
