"""Decisions, what takes them back, how results reach the citizen, apologies and transfers."""

from datetime import date

import pytest

from services.processing_service.application import intents
from services.processing_service.application.intents import Intent
from shared.errors import ForbiddenError, RuleViolationError, StateConflictError
from shared.events.dossier import Annulled, Apologised, Assigned, Dispatched, Resolved, Transferred
from shared.principal import Grant, Principal
from shared.schemas.lifecycle import EventType, HandOverMeans, Role
from tests.support.acceptances import AGENCY, TREE
from tests.support.calendars import at
from tests.support.cases import Life, accepted, digest_of

WHY = ("for_the_test", "Vì bài kiểm tra")
RESULT = digest_of("result")
RESOLVE = intents.resolve([RESULT])
UNDO, ANNUL = intents.undo_decision(), intents.annul_decision(*WHY)
DISPATCH, BACK = intents.dispatch("vnpost"), intents.return_from_post("not_found", None)
COUNTER = intents.hand_over(HandOverMeans.COUNTER, None)


def refused(life: Life, role: Role, intent: Intent) -> tuple[str, str]:
    """Field and rule of the refusal; nothing has changed."""
    before = life.case
    with pytest.raises(RuleViolationError) as refusal:
        life.does(role, intent)
    assert life.case is before
    return refusal.value.extra["field"], refusal.value.code


class TestResolving:
    def test_a_result_is_named_and_stored(self) -> None:
        assert refused(accepted(), Role.APPROVER, intents.resolve([])) == ("/results", "result-missing")
        life = accepted()
        life.stored = lambda _: False
        assert refused(life, Role.APPROVER, RESOLVE) == ("/results/0", "content-unknown")

    def test_a_procedure_without_a_result_needs_none(self) -> None:
        life = accepted(has_result=False).does(Role.APPROVER, intents.resolve([]))
        assert life.case.status == "resolved"

    def test_it_says_what_it_is_measured_against(self) -> None:
        life = accepted().at("2023-06-01").does(Role.APPROVER, RESOLVE)
        event = life.events[-1]
        assert isinstance(event, Resolved)
        assert (event.appointment, event.results) == (date(2023, 5, 22), (RESULT,))
        assert life.case.overdue_after is None


class TestUndo:
    @pytest.mark.parametrize("decision", [RESOLVE, intents.send_back(*WHY)])
    def test_inside_the_window(self, decision: Intent) -> None:
        life = accepted().does(Role.CASE_OFFICER, intents.start())
        life.at("2023-05-15 23:50").does(Role.APPROVER, decision)
        closing = life.entries[-1]
        life.at("2023-05-16 00:20").does(Role.APPROVER, UNDO)
        event = life.events[-1]
        assert isinstance(event, Annulled)
        assert (event.annuls, event.annulled_type) == (closing.sequence, closing.type)
        assert (life.case.status, life.case.results, life.case.closing) == ("processing", (), None)

    def test_not_a_moment_later(self) -> None:
        life = accepted().at("2023-05-15 10:00").does(Role.APPROVER, RESOLVE).at("2023-05-15 10:30:01")
        assert refused(life, Role.APPROVER, UNDO) == ("/", "undo-window-passed")
        assert refused(life, Role.SUPERVISOR, UNDO) == ("/", "undo-window-passed")
        life.does(Role.SUPERVISOR, ANNUL)
        assert life.case.status == "accepted"

    def test_by_whoever_decided_or_a_supervisor(self) -> None:
        life = accepted().does(Role.APPROVER, RESOLVE)
        with pytest.raises(ForbiddenError):
            life.does(Role.APPROVER, UNDO, subject="another approver")
        life.does(Role.SUPERVISOR, UNDO)
        assert life.case.status == "accepted"

    def test_there_is_nothing_to_undo_twice(self) -> None:
        life = accepted().does(Role.APPROVER, RESOLVE).does(Role.APPROVER, UNDO)
        with pytest.raises(StateConflictError):
            life.does(Role.APPROVER, UNDO)

    def test_an_approved_withdrawal_goes_back_to_the_request(self) -> None:
        life = accepted().does(Role.CASE_OFFICER, intents.start())
        life.does(Role.CITIZEN, intents.request_withdrawal("Tôi đổi ý"))
        life.does(Role.APPROVER, intents.approve_withdrawal()).does(Role.SUPERVISOR, UNDO)
        assert life.events[-1].status_after == "withdrawal_requested"
        life.does(Role.APPROVER, intents.decline_withdrawal(*WHY))
        assert life.case.status == "processing"

    def test_the_post_ends_it_but_not_the_annulment(self) -> None:
        life = accepted().does(Role.APPROVER, RESOLVE).does(Role.INTAKE_OFFICER, DISPATCH)
        assert refused(life, Role.APPROVER, UNDO) == ("/", "already-dispatched")
        life.does(Role.INTAKE_OFFICER, BACK)
        assert refused(life, Role.APPROVER, UNDO) == ("/", "already-dispatched")
        life.does(Role.SUPERVISOR, ANNUL)
        assert (life.case.dispatches, life.case.with_post) == (0, False)

    def test_what_the_citizen_has_stays(self) -> None:
        life = accepted().does(Role.APPROVER, RESOLVE).does(Role.INTAKE_OFFICER, COUNTER)
        for intent in (UNDO, ANNUL):
            with pytest.raises(StateConflictError):
                life.does(Role.SUPERVISOR, intent)

    def test_the_window_is_that_of_the_decision(self) -> None:
        life = accepted().at("2023-05-15 10:00").does(Role.APPROVER, RESOLVE)
        assert life.case.closing is not None
        assert life.case.closing.undo_until == at("2023-05-15 10:30")
        assert life.case.closing.type is EventType.RESOLVED


class TestReturns:
    def test_the_post_has_it_once_at_a_time(self) -> None:
        life = accepted().does(Role.APPROVER, RESOLVE)
        assert refused(life, Role.INTAKE_OFFICER, BACK) == ("/", "not-dispatched")
        life.does(Role.INTAKE_OFFICER, DISPATCH)
        assert refused(life, Role.POSTAL_PARTNER, DISPATCH) == ("/", "already-dispatched")
        life.does(Role.POSTAL_PARTNER, BACK).does(Role.INTAKE_OFFICER, DISPATCH)
        event = life.events[-1]
        assert isinstance(event, Dispatched)
        assert (event.attempt, event.partner) == (2, "vnpost")

    @pytest.mark.parametrize(
        ("role", "means", "proof", "dispatched", "refusal"),
        [
            (Role.INTAKE_OFFICER, "counter", None, False, None),
            (Role.INTAKE_OFFICER, "online", None, False, None),
            (Role.INTAKE_OFFICER, "post", "EMS-1", True, None),
            (Role.POSTAL_PARTNER, "post", "EMS-1", True, None),
            (Role.SYSTEM, "online", None, False, None),
            (Role.POSTAL_PARTNER, "counter", None, True, ("/means", "means-not-allowed")),
            (Role.SYSTEM, "counter", None, False, ("/means", "means-not-allowed")),
            (Role.INTAKE_OFFICER, "counter", None, True, ("/means", "means-not-possible")),
            (Role.INTAKE_OFFICER, "post", "EMS-1", False, ("/means", "means-not-possible")),
            (Role.POSTAL_PARTNER, "post", None, True, ("/proof", "proof-missing")),
        ],
    )
    def test_how_the_citizen_gets_it(
        self, role: Role, means: str, proof: str | None, dispatched: bool, refusal: tuple[str, str] | None
    ) -> None:
        life = accepted().does(Role.APPROVER, RESOLVE)
        if dispatched:
            life.does(Role.INTAKE_OFFICER, DISPATCH)
        intent = intents.hand_over(HandOverMeans(means), proof)
        if refusal is None:
            assert life.does(role, intent).case.status == "handed_over"
        else:
            assert refused(life, role, intent) == refusal


class TestApologies:
    def test_once_with_a_later_working_day(self) -> None:
        life = accepted().at("2023-05-23")
        for day, rule in (
            (date(2023, 5, 22), "promise-not-later"),
            (date(2023, 5, 23), "promise-not-later"),
            (date(2023, 5, 27), "promise-on-day-off"),
        ):
            assert refused(life, Role.APPROVER, intents.apologise(day, *WHY)) == ("/promised_on", rule)
        life.does(Role.APPROVER, intents.apologise(date(2023, 5, 26), *WHY))
        event = life.events[-1]
        assert isinstance(event, Apologised)
        assert (event.promised_on, life.case.due_on) == (date(2023, 5, 26), date(2023, 5, 22))
        assert life.case.is_overdue(date(2023, 5, 24))
        again = intents.apologise(date(2023, 5, 29), *WHY)
        assert refused(life, Role.APPROVER, again) == ("/", "already-apologised")

    def test_what_has_no_date_needs_none(self) -> None:
        intent = intents.apologise(date(2023, 5, 26), *WHY)
        assert refused(accepted(days=None), Role.APPROVER, intent) == ("/", "undated")


class TestTransfers:
    def test_to_another_agency_of_today(self) -> None:
        life = accepted().does(Role.CASE_OFFICER, intents.claim())
        for to, rule in (
            (AGENCY, "same-agency"),
            ("H41.NOWHERE", "agency-unknown"),
            ("H41.STTTT", "agency-unknown"),
        ):
            assert refused(life, Role.ADMINISTRATOR, intents.transfer(to, *WHY)) == ("/to_agency", rule)
        code = life.case.code
        life.does(Role.ADMINISTRATOR, intents.transfer("H41.SYT", *WHY))
        event = life.events[-1]
        assert isinstance(event, Transferred)
        assert (event.from_agency, event.to_agency) == (AGENCY, "H41.SYT")
        assert (life.case.facts.agency, life.case.assignee, life.case.code) == ("H41.SYT", None, code)
        assert TREE.agencies[-1].code == "H41.STTTT"


class TestAssignment:
    def test_who_has_it_is_sealed_in_the_history(self) -> None:
        life = accepted().does(Role.SUPERVISOR, intents.assign("sso|chi"))
        event = life.events[-1]
        assert isinstance(event, Assigned)
        assert life.case.assignee == "sso|chi"
        assert "sso|chi" not in str(life.entries[-1].data)
        assert life.entries[-1].sealed == f"sealed {life.case.code} sso|chi"

    def test_claiming_is_for_oneself(self) -> None:
        life = accepted().does(Role.CASE_OFFICER, intents.claim(), subject="dung")
        assert (life.case.assignee, life.entries[-1].actor) == ("dung", "dung")


def test_whoever_holds_several_roles_acts_in_the_one_that_may() -> None:
    from services.processing_service.domain.access import acting_grant

    both = Principal("x", (Grant(Role.CASE_OFFICER, AGENCY), Grant(Role.SUPERVISOR, AGENCY)))
    roles = frozenset({Role.CASE_OFFICER, Role.SUPERVISOR})
    assert acting_grant(both, roles, accepted().case, TREE).role is Role.SUPERVISOR
