"""What can be asked for, each bound to its rule in the domain."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.processing_service.domain import (
    apologies,
    appointments,
    assignment,
    decisions,
    payments,
    returns,
    supplements,
    transfers,
    undo,
    withdrawals,
)
from services.processing_service.domain.case import Case
from shared.events.dossier import ComponentCopy, DossierEvent
from shared.legal_clock.calendar import WorkingCalendar
from shared.lifecycle import Transition
from shared.principal import Grant
from shared.schemas.lifecycle import Action, HandOverMeans
from shared.schemas.reference import AgencyTree


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the rules look at beside the case and what is asked."""

    now: datetime
    by: str
    """Subject of who asks."""
    calendars: appointments.Calendars
    tree: AgencyTree
    not_stored: frozenset[str]
    """Digests among those asked for under which nothing is stored."""
    undo_window: timedelta
    answer_time: timedelta
    """How long an applicant has for a supplement where the officer says nothing else."""
    seal: Callable[[str, str], str]
    """Seals a text for the dossier with a code."""

    @property
    def calendar(self) -> WorkingCalendar:
        return self.calendars.latest


Decide = Callable[[Case, Transition, Grant, Circumstances], tuple[Case, DossierEvent]]


@dataclass(frozen=True, slots=True)
class Intent:
    """One act, ready to be tried on a case."""

    action: Action
    decide: Decide
    reason: str | None = None
    """Free text."""
    digests: Sequence[str] = ()
    """Documents that it names."""


def assign(assignee: str) -> Intent:
    return Intent(
        Action.ASSIGN,
        lambda case, row, grant, c: assignment.assign(
            case, row, grant, assignee=assignee, sealed=c.seal(case.code, assignee)
        ),
    )


def claim() -> Intent:
    return Intent(
        Action.CLAIM,
        lambda case, row, grant, c: assignment.assign(case, row, grant, assignee=c.by, sealed=None),
    )


def start() -> Intent:
    return Intent(Action.START, lambda case, row, grant, _: decisions.start(case, row, grant))


def request_supplement(
    missing: Sequence[str], respond_by: date | None, reason_code: str, reason: str
) -> Intent:
    return Intent(
        Action.REQUEST_SUPPLEMENT,
        lambda case, row, grant, c: supplements.request_supplement(
            case,
            row,
            grant,
            missing=missing,
            respond_by=respond_by,
            default_answer=c.answer_time,
            reason_code=reason_code,
            now=c.now,
        ),
        reason,
    )


def provide_supplement(components: Sequence[ComponentCopy]) -> Intent:
    return Intent(
        Action.PROVIDE_SUPPLEMENT,
        lambda case, row, grant, c: supplements.provide_supplement(
            case,
            row,
            grant,
            components=components,
            not_stored=c.not_stored,
            calendars=c.calendars,
            now=c.now,
        ),
        digests=[copy.digest for copy in components if copy.digest],
    )


def cancel_supplement_request(reason_code: str, reason: str) -> Intent:
    return Intent(
        Action.CANCEL_SUPPLEMENT_REQUEST,
        lambda case, row, grant, c: supplements.cancel_supplement_request(
            case, row, grant, reason_code=reason_code, calendars=c.calendars, now=c.now
        ),
        reason,
    )


def request_payment(items: Sequence[payments.FeeItem]) -> Intent:
    return Intent(
        Action.REQUEST_PAYMENT,
        lambda case, row, grant, c: payments.request_payment(case, row, grant, items=items, now=c.now),
    )


def confirm_payment(amount: int, reference: str, effective_at: datetime | None) -> Intent:
    return Intent(
        Action.CONFIRM_PAYMENT,
        lambda case, row, grant, c: payments.confirm_payment(
            case,
            row,
            grant,
            amount=amount,
            reference=reference,
            effective_at=effective_at,
            calendars=c.calendars,
            now=c.now,
        ),
    )


def request_withdrawal(reason: str | None) -> Intent:
    return Intent(
        Action.REQUEST_WITHDRAWAL,
        lambda case, row, grant, _: withdrawals.request_withdrawal(case, row, grant),
        reason,
    )


def approve_withdrawal() -> Intent:
    return Intent(
        Action.APPROVE_WITHDRAWAL,
        lambda case, row, grant, c: withdrawals.approve_withdrawal(
            case, row, grant, by=c.by, undo_window=c.undo_window, now=c.now
        ),
    )


def decline_withdrawal(reason_code: str, reason: str) -> Intent:
    return Intent(
        Action.DECLINE_WITHDRAWAL,
        lambda case, row, grant, _: withdrawals.decline_withdrawal(case, row, grant, reason_code=reason_code),
        reason,
    )


def send_back(reason_code: str, reason: str) -> Intent:
    return Intent(
        Action.SEND_BACK,
        lambda case, row, grant, c: decisions.send_back(
            case, row, grant, reason_code=reason_code, by=c.by, undo_window=c.undo_window, now=c.now
        ),
        reason,
    )


def resolve(results: Sequence[str]) -> Intent:
    return Intent(
        Action.RESOLVE,
        lambda case, row, grant, c: decisions.resolve(
            case,
            row,
            grant,
            results=results,
            not_stored=c.not_stored,
            by=c.by,
            undo_window=c.undo_window,
            now=c.now,
        ),
        digests=results,
    )


def apologise(promised_on: date, reason_code: str, reason: str) -> Intent:
    return Intent(
        Action.APOLOGISE,
        lambda case, row, grant, c: apologies.apologise(
            case,
            row,
            grant,
            promised_on=promised_on,
            reason_code=reason_code,
            calendar=c.calendar,
            now=c.now,
        ),
        reason,
    )


def transfer(to_agency: str, reason_code: str, reason: str) -> Intent:
    return Intent(
        Action.TRANSFER,
        lambda case, row, grant, c: transfers.transfer(
            case, row, grant, to_agency=to_agency, reason_code=reason_code, tree=c.tree, now=c.now
        ),
        reason,
    )


def dispatch(partner: str) -> Intent:
    return Intent(
        Action.DISPATCH,
        lambda case, row, grant, _: returns.dispatch(case, row, grant, partner=partner),
    )


def return_from_post(reason_code: str | None, reason: str | None) -> Intent:
    return Intent(
        Action.RETURN_FROM_POST,
        lambda case, row, grant, _: returns.return_from_post(case, row, grant, reason_code=reason_code),
        reason,
    )


def hand_over(means: HandOverMeans, proof: str | None) -> Intent:
    return Intent(
        Action.HAND_OVER,
        lambda case, row, grant, _: returns.hand_over(case, row, grant, means=means, proof=proof),
    )


def undo_decision() -> Intent:
    return Intent(Action.UNDO, lambda case, row, grant, c: undo.undo(case, row, grant, by=c.by, now=c.now))


def annul_decision(reason_code: str, reason: str) -> Intent:
    return Intent(
        Action.ANNUL,
        lambda case, row, grant, _: undo.annul(case, row, grant, reason_code=reason_code),
        reason,
    )


def recompute() -> Intent:
    return Intent(
        Action.RECOMPUTE,
        lambda case, row, grant, c: appointments.recompute(
            case, row, grant, calendars=c.calendars, now=c.now
        ),
    )
