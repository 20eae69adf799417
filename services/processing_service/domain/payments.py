"""Fees: the clock waits until they are paid, and goes on from the moment of the payment."""

from collections.abc import Sequence
from datetime import datetime

from services.processing_service.domain.acting import acting
from services.processing_service.domain.appointments import Calendars, moved_from, with_pauses
from services.processing_service.domain.case import Case, OpenPayment
from services.processing_service.domain.waiting import ended, previous, waiting
from shared.errors import RuleViolationError
from shared.events.dossier import Paid, PaymentRequested
from shared.legal_clock.appointment import PauseKind
from shared.lifecycle import Transition
from shared.principal import Grant
from shared.schemas.base import Schema
from shared.schemas.lifecycle import DossierStatus, Role

_ONLINE = frozenset({Role.PAYMENT_GATEWAY, Role.PORTAL})


class FeeItem(Schema):
    """One line of what has to be paid."""

    name: str
    amount: int
    """Dong."""


def request_payment(
    case: Case, transition: Transition, grant: Grant, *, items: Sequence[FeeItem], now: datetime
) -> tuple[Case, PaymentRequested]:
    """The sum of the items is due."""
    amount = sum(item.amount for item in items)
    event = PaymentRequested(
        **acting(case, transition, grant, DossierStatus.AWAITING_PAYMENT),
        amount=amount,
        items=tuple(item.name for item in items),
    )
    asked = waiting(case, PauseKind.PAYMENT, now).model_copy(
        update={"status": DossierStatus.AWAITING_PAYMENT, "payment": OpenPayment(amount=amount)}
    )
    return asked, event


def confirm_payment(
    case: Case,
    transition: Transition,
    grant: Grant,
    *,
    amount: int,
    reference: str,
    effective_at: datetime | None,
    calendars: Calendars,
    now: datetime,
) -> tuple[Case, Paid]:
    """All of it was paid, at `effective_at` where that was earlier than now."""
    if case.payment is None or case.open_pause is None:
        raise AssertionError(f"case {case.code} waits for no payment")
    if amount != case.payment.amount:
        raise RuleViolationError(
            f"{case.payment.amount} dong are due", field="/amount", rule="amount-differs"
        )
    paid_at = effective_at or now
    if paid_at > now:
        raise RuleViolationError("in the future", field="/effective_at", rule="in-the-future")
    if paid_at < case.open_pause.asked_at:
        raise RuleViolationError(
            "before the payment was asked for", field="/effective_at", rule="before-request"
        )
    after = with_pauses(case, ended(case, paid_at), calendars, now)
    event = Paid(
        **acting(case, transition, grant, previous(case)),
        **moved_from(case, after),
        effective_at=effective_at,
        amount=amount,
        reference=reference,
        online=grant.role in _ONLINE,
    )
    return after.model_copy(update={"status": previous(case), "before_pause": None, "payment": None}), event
