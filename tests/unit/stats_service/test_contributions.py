"""Lives and what they add to the figures. Days are local; levels are at the end of a day."""

from collections.abc import Iterable
from datetime import date

import pytest

from services.stats_service.domain.contributions import Account, contributions
from services.stats_service.domain.facts import IDLE_EVENTS, Life, fact_of, from_json, to_json
from shared.clock import local_date
from shared.events.envelope import Envelope
from shared.schemas.lifecycle import EventType
from tests.support.stories import Story


def life(events: Iterable[Envelope]) -> Life:
    return [
        fact_of(event.sequence, event.time, event.dossier_event())
        for event in events
        if event.dossier_event_type not in IDLE_EVENTS
    ]


def sums(story: Story, on: str, agency: str | None = None) -> dict[str, int]:
    """Every counter up to the end of a day, without those at zero."""
    totals: dict[str, int] = {}
    for (cell, counter, day), n in contributions(life(story.events)).items():
        if day <= date.fromisoformat(on) and agency in {None, cell.agency}:
            totals[counter] = totals.get(counter, 0) + n
    return {counter: n for counter, n in totals.items() if n}


def levels(story: Story, on: str, agency: str | None = None) -> set[str]:
    words = {
        "submitted", "unanswered", "incomplete", "under_processing", "in_time", "overdue", "undated_open",
        "awaiting_supplement", "awaiting_supplement_overdue", "awaiting_payment", "awaiting_payment_overdue",
    }  # fmt: skip
    found = {counter: n for counter, n in sums(story, on, agency).items() if counter in words}
    assert set(found.values()) <= {1}
    return set(found)


def accepted(appointment: str | None = "2023-05-22", **story: str) -> Story:
    return Story(**story).file("2023-05-15 09:00").accept("2023-05-15 09:00", appointment)  # type: ignore[arg-type]


def test_an_acceptance_is_received_under_processing_and_in_time() -> None:
    story = accepted()
    assert sums(story, "2023-05-14") == {}
    assert sums(story, "2023-05-15") == {
        "filed": 1, "received": 1, "received_counter": 1, "digitised": 1, "components": 2,
        "under_processing": 1, "in_time": 1,
    }  # fmt: skip


def test_lateness_comes_by_itself_on_the_day_after_the_appointment() -> None:
    story = accepted()
    assert levels(story, "2023-05-22") == {"under_processing", "in_time"}
    assert levels(story, "2023-05-23") == {"under_processing", "overdue"}
    assert levels(story, "2030-01-01") == {"under_processing", "overdue"}


@pytest.mark.parametrize(
    ("resolved_at", "appointment", "counted"),
    [
        ("2023-05-19 17:00", "2023-05-22", "early"),
        ("2023-05-22 23:59", "2023-05-22", "on_time"),
        ("2023-05-23 00:00", "2023-05-22", "late"),
        ("2023-05-19 17:00", None, "undated"),
    ],
)
def test_timeliness_compares_local_dates(resolved_at: str, appointment: str | None, counted: str) -> None:
    story = accepted(appointment).resolve(resolved_at, appointment)
    found = sums(story, "2023-06-30")
    assert found["resolved"] == found[counted] == found["results"] == found["results_digitised"] == 1
    assert len({"early", "on_time", "late", "undated"} & set(found)) == 1
    assert levels(story, "2023-06-30") == set()


def test_a_resolution_ends_every_level_on_its_day() -> None:
    story = accepted().resolve("2023-05-30", "2023-05-22")
    assert levels(story, "2023-05-29") == {"under_processing", "overdue"}
    assert levels(story, "2023-05-30") == set()
    assert Account(life(story.events)).settled_on == date(2023, 5, 30)
    assert Account(life(accepted().events)).settled_on is None


def test_an_account_says_where_alone_it_has_counted_and_since_when() -> None:
    story = accepted()
    account = Account(life(story.events))
    assert account.only_agency == account.life[0].cell.agency  # type: ignore[union-attr]
    assert account.began_on == local_date(story.events[0].time)
    assert Account(life(story.transfer("2023-05-17", "H41.SYT").events)).only_agency is None
    assert Account([]).began_on is None


def test_the_day_begins_at_midnight_in_vietnam() -> None:
    story = Story().file("2023-05-15 00:00").accept("2023-05-15 00:00", "2023-05-22")
    assert sums(story, "2023-05-14") == {}
    assert sums(story, "2023-05-15")["received"] == 1


def test_a_dossier_without_an_appointment_is_undated_never_on_time() -> None:
    assert levels(accepted(None), "2030-01-01") == {"under_processing", "undated_open"}


def test_a_pause_is_neither_in_time_nor_overdue() -> None:
    story = accepted().request_supplement("2023-05-17")
    assert levels(story, "2023-05-17") == {"awaiting_supplement"}
    assert levels(story, "2023-06-30") == {"awaiting_supplement"}
    story.provide_supplement("2023-05-24", "2023-05-29")
    assert levels(story, "2023-05-23") == {"awaiting_supplement"}
    assert levels(story, "2023-05-29") == {"under_processing", "in_time"}
    assert levels(story, "2023-05-30") == {"under_processing", "overdue"}
    assert sums(story, "2023-06-30")["components"] == 3


@pytest.mark.parametrize(
    ("asked_on", "overdue_before"), [("2023-05-22 16:00", False), ("2023-05-23 08:00", True)]
)
def test_a_pause_says_whether_the_dossier_was_overdue_before(asked_on: str, overdue_before: bool) -> None:
    for bucket, story in (
        ("awaiting_supplement", accepted().request_supplement(asked_on)),
        ("awaiting_payment", accepted().request_payment(asked_on)),
    ):
        assert levels(story, "2023-06-30") == ({bucket, f"{bucket}_overdue"} if overdue_before else {bucket})


def test_a_withdrawal_asked_for_beneath_a_pause_counts_as_under_processing() -> None:
    story = accepted().request_supplement("2023-05-17").add(EventType.WITHDRAWAL_REQUESTED, "2023-05-18")
    assert levels(story, "2023-06-30") == {"under_processing", "in_time"}
    story.add(EventType.WITHDRAWAL_DECLINED, "2023-05-19")
    assert levels(story, "2023-06-30") == {"awaiting_supplement"}

    late = accepted().request_payment("2023-05-24").add(EventType.WITHDRAWAL_REQUESTED, "2023-05-25")
    assert levels(late, "2023-05-25") == {"under_processing", "overdue"}


def test_a_withdrawal_asked_for_lets_the_clock_run_on() -> None:
    story = accepted().add(EventType.WITHDRAWAL_REQUESTED, "2023-05-18")
    assert levels(story, "2023-05-22") == {"under_processing", "in_time"}
    assert levels(story, "2023-05-23") == {"under_processing", "overdue"}
    story.add(EventType.WITHDRAWN, "2023-05-24")
    assert levels(story, "2023-05-24") == set()
    found = sums(story, "2023-05-24")
    assert found["closed_without_result"] == found["withdrawn"] == 1
    assert "resolved" not in found


def test_sent_back_closes_without_a_result() -> None:
    found = sums(accepted().add(EventType.SENT_BACK, "2023-06-01"), "2023-06-01")
    assert found["closed_without_result"] == found["sent_back"] == 1
    assert not {"late", "overdue", "under_processing"} & set(found)


def test_an_annulled_resolution_counts_for_nothing_on_its_own_day() -> None:
    story = accepted().resolve("2023-05-19", "2023-05-22").annul("2023-05-20 00:10")
    assert sums(story, "2023-05-23") == sums(accepted(), "2023-05-23")
    assert Account(life(story.events)).settled_on is None
    story.resolve("2023-05-25", "2023-05-22")
    assert sums(story, "2023-05-25")["late"] == sums(story, "2023-05-25")["resolved"] == 1


def test_an_annulled_withdrawal_leads_back_to_the_request() -> None:
    story = (
        accepted().add(EventType.WITHDRAWAL_REQUESTED, "2023-05-16").add(EventType.WITHDRAWN, "2023-05-17")
    )
    story.annul("2023-05-17 10:20")
    assert levels(story, "2023-05-17") == {"under_processing", "in_time"}
    assert "closed_without_result" not in sums(story, "2023-05-17")


def test_a_transfer_moves_what_is_open_from_its_day_on() -> None:
    story = accepted().transfer("2023-05-24", "H41.STC")
    assert levels(story, "2023-05-23", "H41.SCT") == {"under_processing", "overdue"}
    assert levels(story, "2023-05-24", "H41.SCT") == set()
    assert levels(story, "2023-05-24", "H41.STC") == {"under_processing", "overdue"}
    assert sums(story, "2023-05-24", "H41.SCT")["transferred_out"] == 1
    assert sums(story, "2023-05-24", "H41.STC")["transferred_in"] == 1
    story.resolve("2023-05-25", "2023-05-22")
    assert sums(story, "2023-05-25", "H41.SCT")["received"] == 1
    assert sums(story, "2023-05-25", "H41.STC")["late"] == 1


def test_a_transfer_moves_the_lateness_that_is_still_to_come() -> None:
    story = accepted().transfer("2023-05-17", "H41.STC")
    assert levels(story, "2023-05-23", "H41.SCT") == set()
    assert levels(story, "2023-05-23", "H41.STC") == {"under_processing", "overdue"}


def test_a_moved_appointment_moves_the_lateness() -> None:
    story = accepted().move_appointment("2023-05-18", "2023-05-24")
    assert levels(story, "2023-05-24") == {"under_processing", "in_time"}
    assert levels(story, "2023-05-25") == {"under_processing", "overdue"}


def test_an_apology_moves_nothing() -> None:
    story = accepted().apologise("2023-05-22", "2023-06-22")
    assert levels(story, "2023-05-23") == {"under_processing", "overdue"}
    assert sums(story, "2023-05-23")["apologies"] == 1


def test_the_answer_at_intake() -> None:
    story = Story(channel="online").file("2023-05-15 16:00", due="2023-05-16 16:00")
    assert levels(story, "2023-05-15") == {"submitted"}
    assert levels(story, "2023-05-16") == {"submitted", "unanswered"}
    story.request_completion("2023-05-17", due="2023-05-16 16:00")
    assert levels(story, "2023-05-17") == {"incomplete"}
    assert sums(story, "2023-05-17")["answered_late"] == 1
    story.complete("2023-05-19 10:00", due="2023-05-22 10:00")
    assert levels(story, "2023-05-19") == {"submitted"}
    story.accept("2023-05-22 10:00", "2023-05-29", due="2023-05-22 10:00", digitised=False)
    found = sums(story, "2023-05-22")
    assert found["received_online"] == found["answered_late"] == 1
    assert "digitised" not in found


@pytest.mark.parametrize("how", [EventType.CANCELLED, EventType.LAPSED])
def test_ways_not_to_be_accepted(how: EventType) -> None:
    story = Story(channel="online").file("2023-05-15", due="2023-05-16").add(how, "2023-05-16 09:00")
    assert sums(story, "2023-06-01") == {"filed": 1, "not_accepted": 1, how.value: 1}


def test_a_decision_on_an_incomplete_dossier_is_no_second_answer() -> None:
    story = Story(channel="online").file("2023-05-15", due="2023-05-16")
    story.request_completion("2023-05-15 11:00", due="2023-05-16").refuse("2023-05-18", due="2023-05-16")
    assert sums(story, "2023-05-18") == {"filed": 1, "not_accepted": 1, "refused": 1}


def test_an_undone_refusal_is_unanswered_again() -> None:
    story = Story(channel="online").file("2023-05-15", due="2023-05-16").refuse("2023-05-15 11:00")
    assert sums(story, "2023-05-16") == {"filed": 1, "not_accepted": 1, "refused": 1}
    story.annul("2023-05-15 11:20")
    assert sums(story, "2023-05-16") == {"filed": 1, "submitted": 1, "unanswered": 1}


def test_the_post_brings_a_dossier_once_and_takes_each_result_once() -> None:
    story = Story(channel="postal").file("2023-05-10").arrive("2023-05-15", due="2023-05-16", picked_up=True)
    assert levels(story, "2023-05-12") == {"submitted"}
    story.accept("2023-05-15 11:00", "2023-05-22").resolve("2023-05-18", "2023-05-22")
    story.dispatch("2023-05-19").add(EventType.DISPATCH_RETURNED, "2023-05-22")
    story.dispatch("2023-05-23", attempt=2).hand_over("2023-05-24", "post")
    found = sums(story, "2023-05-30")
    assert found["postal_submissions"] == found["postal_pickups"] == found["postal_returns"] == 1
    assert found["handed_over"] == found["handed_over_post"] == 1
    assert "postal_returns" not in sums(story, "2023-05-18")
    assert "postal_submissions" not in sums(story, "2023-05-14")


def test_the_dispatch_of_an_annulled_result_is_no_use_of_the_post() -> None:
    story = accepted().resolve("2023-05-18", "2023-05-22").dispatch("2023-05-19").annul("2023-05-20", 3)
    assert "postal_returns" not in sums(story, "2023-05-30")
    story.resolve("2023-05-21", "2023-05-22").dispatch("2023-05-22")
    assert sums(story, "2023-05-30")["postal_returns"] == 1


def test_supplements_payments_and_reuse_are_counted() -> None:
    story = Story().file("2023-05-15").accept("2023-05-15", "2023-05-22", components=4, reused=3)
    story.request_supplement("2023-05-16").cancel_supplement("2023-05-16 15:00", "2023-05-22")
    story.request_supplement("2023-05-17", number=2).provide_supplement("2023-05-18", "2023-05-23")
    story.request_payment("2023-05-18").pay("2023-05-18 11:00", "2023-05-23")
    found = sums(story, "2023-05-18")
    assert found["supplement_requests"] == 2
    assert found["second_supplement_requests"] == 1
    assert found["payments"] == found["payments_online"] == 1
    assert (found["components"], found["components_reused"]) == (5, 3)


def test_a_procedure_without_a_result_is_no_missing_result() -> None:
    story = Story(has_result=False).file("2023-05-15").accept("2023-05-15", None)
    found = sums(story.resolve("2023-05-16", None, results=0), "2023-05-16")
    assert found["undated"] == 1
    assert "results" not in found


def test_nothing_is_counted_while_it_is_unknown_where() -> None:
    assert contributions(life(accepted().events[2:])) == {}
    assert contributions(life(Story().request_completion("2023-05-15").events)) == {}


def test_facts_survive_their_json() -> None:
    story = Story(channel="postal").file("2023-05-10").arrive("2023-05-15", due="2023-05-16", picked_up=True)
    story.accept("2023-05-15 11:00", "2023-05-22", reused=1).request_supplement("2023-05-16")
    story.provide_supplement("2023-05-17", None).transfer("2023-05-17", "H41.STC")
    story.resolve("2023-05-18", "2023-05-22").annul("2023-05-18 10:05").hand_over("2023-05-20", "post")
    facts = life(story.events)
    assert [from_json(to_json(fact)) for fact in facts] == facts
