"""A draft written out as acts, each at its tick."""

from datetime import date, datetime, timedelta
from random import Random

from services.console.scenario.choices import duration_of
from services.console.scenario.drafts import Draft
from services.console.scenario.lives import CLOSED, RESOLVED, Life, Outcome, Step
from services.console.scenario.timeline import DueDates, Timeline
from shared.legal_clock.appointment import PauseKind
from shared.schemas.lifecycle import Action, Channel, HandOverMeans, PausePolicy, Role

_BEFORE_MIDNIGHT = timedelta(hours=8, minutes=50)  # from the afternoon tick
_AFTER_MIDNIGHT = timedelta(hours=9, minutes=10)
_STARTED_AT_ONCE_PERCENT = 85


class Scribe:
    """Writes drafts out."""

    def __init__(self, timeline: Timeline, due_dates: DueDates, random: Random) -> None:
        self._timeline = timeline
        self._due_dates = due_dates
        self._random = random

    def life(self, number: int, draft: Draft) -> Life:
        """The life of a received dossier."""
        steps = [*self._intake(draft), *sorted(self._case(draft), key=_moment), *self._farewell(draft)]
        closed = draft.last if draft.outcome in RESOLVED | CLOSED else None
        return Life(
            number=number,
            agency=draft.agency,
            procedure=draft.procedure.code,
            case=draft.procedure.cases[0].code,
            channel=draft.channel,
            outcome=draft.outcome,
            carried_over=draft.carried_over,
            steps=tuple(steps),
            accepted_on=self._timeline.day(draft.window.accepted),
            closed_on=None if closed is None else self._timeline.day(closed),
            due_on=self._due(draft, closed),
            return_by=_return_by(draft),
        )

    def refused(self, number: int, draft: Draft) -> Life:
        """The life of a dossier that intake does not accept; `window.accepted` is when it says so."""
        at = self._timeline.moment(draft.window.accepted)
        if draft.channel is Channel.COUNTER:
            steps = [Step(at, Action.FILE, Role.INTAKE_OFFICER, "not_accepted")]
        elif number % 4:
            steps = [
                Step(self._filed_online(draft), Action.FILE, Role.PORTAL),
                Step(at, Action.REFUSE, Role.INTAKE_OFFICER, "outside_competence"),
            ]
        else:
            steps = [
                Step(self._filed_online(draft), Action.FILE, Role.PORTAL),
                Step(at, Action.CANCEL, Role.PORTAL),
            ]
        return Life(
            number=number,
            agency=draft.agency,
            procedure=draft.procedure.code,
            case=draft.procedure.cases[0].code,
            channel=draft.channel,
            outcome=Outcome.NOT_ACCEPTED,
            carried_over=False,
            steps=tuple(steps),
            accepted_on=None,
            closed_on=None,
            due_on=None,
            return_by=HandOverMeans.COUNTER,
        )

    def _intake(self, draft: Draft) -> list[Step]:
        at = self._timeline.moment(draft.window.accepted)
        accept = Step(at, Action.ACCEPT, Role.INTAKE_OFFICER)
        incomplete = draft.incidents.get(Action.REQUEST_COMPLETION)
        if incomplete is not None:
            return [*self._filed_incomplete(draft, self._timeline.moment(incomplete), at), accept]
        match draft.channel:
            case Channel.COUNTER:
                return [Step(at, Action.FILE, Role.INTAKE_OFFICER, "accepted")]
            case Channel.ONLINE:
                steps = [Step(self._filed_online(draft), Action.FILE, Role.PORTAL)]
                if Action.REFUSE in draft.incidents:
                    steps.append(Step(at, Action.REFUSE, Role.INTAKE_OFFICER, "outside_competence"))
                    steps.append(Step(at, Action.UNDO, Role.INTAKE_OFFICER, "mistaken_decision"))
                return [*steps, accept]
            case Channel.POSTAL:
                sent = self._timeline.moment(max(draft.window.accepted - self._random.randint(1, 3), 0))
                return [
                    Step(sent, Action.FILE, Role.POSTAL_PARTNER),
                    Step(at, Action.REGISTER_ARRIVAL, Role.POSTAL_PARTNER),
                    accept,
                ]

    def _filed_incomplete(self, draft: Draft, filed: datetime, completed: datetime) -> list[Step]:
        if draft.channel is Channel.COUNTER:
            return [
                Step(filed, Action.FILE, Role.INTAKE_OFFICER, "incomplete"),
                Step(completed, Action.COMPLETE, Role.INTAKE_OFFICER),
            ]
        return [
            Step(filed, Action.FILE, Role.PORTAL),
            Step(filed, Action.REQUEST_COMPLETION, Role.INTAKE_OFFICER, "papers_missing"),
            Step(completed, Action.COMPLETE, Role.PORTAL),
        ]

    def _filed_online(self, draft: Draft) -> datetime:
        """At once, half a day before, or on the evening of the day off before: answered within 8 hours."""
        accepted = draft.window.accepted
        evening = self._timeline.evening_off_before(accepted)
        if evening is not None and self._random.random() < 0.6:
            return evening
        return self._timeline.moment(accepted - 1 if accepted and self._random.random() < 0.5 else accepted)

    def _case(self, draft: Draft) -> list[Step]:
        """From the first look at the case to what ends it, apart from the result's way home."""
        line, window, incidents = self._timeline, draft.window, draft.incidents
        steps: list[Step] = []
        if window.accepted < line.end and self._random.randrange(100) < _STARTED_AT_ONCE_PERCENT:
            steps.append(Step(line.moment(window.accepted + 1), Action.START, Role.CASE_OFFICER))
        if draft.pause:
            steps += self._pause(draft, draft.pause, line.moment(window.asked), line.moment(window.answered))
        if Action.APOLOGISE in incidents:
            promised = self._promised(draft, incidents[Action.APOLOGISE])
            at = line.moment(incidents[Action.APOLOGISE])
            steps.append(Step(at, Action.APOLOGISE, Role.APPROVER, promised))
        if Action.REQUEST_WITHDRAWAL in incidents:
            at, later = (line.moment(incidents[Action.REQUEST_WITHDRAWAL] + n) for n in (0, 1))
            steps.append(Step(at, Action.REQUEST_WITHDRAWAL, Role.CITIZEN))
            steps.append(Step(later, Action.DECLINE_WITHDRAWAL, Role.APPROVER, "almost_finished"))
        for action, note in ((Action.RESOLVE, "taken_back"), (Action.SEND_BACK, "outside_competence")):
            if action in incidents:
                at = line.moment(incidents[action])
                undone = at
                if draft.at_midnight:
                    at, undone = at + _BEFORE_MIDNIGHT, at + _AFTER_MIDNIGHT
                steps.append(Step(at, action, Role.APPROVER, note))
                steps.append(Step(undone, Action.UNDO, Role.APPROVER, "mistaken_decision"))
        return steps + self._end(draft)

    def _pause(self, draft: Draft, kind: PauseKind, asked: datetime, answered: datetime) -> list[Step]:
        if kind is PauseKind.SUPPLEMENT:
            who = Role.INTAKE_OFFICER
            if draft.channel is Channel.ONLINE:
                who = self._random.choice((Role.CITIZEN, Role.PORTAL))
            return [
                Step(asked, Action.REQUEST_SUPPLEMENT, Role.CASE_OFFICER, "papers_missing"),
                Step(answered, Action.PROVIDE_SUPPLEMENT, who),
            ]
        return [
            Step(asked, Action.REQUEST_PAYMENT, Role.CASE_OFFICER),
            Step(answered, Action.CONFIRM_PAYMENT, Role.PAYMENT_GATEWAY),
        ]

    def _end(self, draft: Draft) -> list[Step]:
        if draft.last < 0:
            return []
        at = self._timeline.moment(draft.last)
        match draft.outcome:
            case Outcome.AWAITING_SUPPLEMENT:
                return [Step(at, Action.REQUEST_SUPPLEMENT, Role.CASE_OFFICER, "papers_missing")]
            case Outcome.AWAITING_PAYMENT:
                return [Step(at, Action.REQUEST_PAYMENT, Role.CASE_OFFICER)]
            case Outcome.SENT_BACK:
                return [Step(at, Action.SEND_BACK, Role.APPROVER, "conditions_not_met")]
            case Outcome.WITHDRAWN:
                return [
                    Step(at, Action.REQUEST_WITHDRAWAL, Role.CITIZEN),
                    Step(at, Action.APPROVE_WITHDRAWAL, Role.APPROVER),
                ]
            case _:
                return [Step(at, Action.RESOLVE, Role.APPROVER)]

    def _farewell(self, draft: Draft) -> list[Step]:
        """The result's way home, as far as the period lasts."""
        line = self._timeline
        if draft.outcome not in RESOLVED:
            return []
        if draft.by_post:
            sent = draft.last + 1
            steps = [Step(line.moment(sent), Action.DISPATCH, Role.POSTAL_PARTNER)]
            arrived = sent + self._random.randint(2, 6)
            if arrived <= line.end:
                proof = HandOverMeans.POST.value
                steps.append(Step(line.moment(arrived), Action.HAND_OVER, Role.POSTAL_PARTNER, proof))
            return steps
        fetched = draft.last + self._random.randint(1, 6)
        if draft.channel is Channel.ONLINE or not draft.procedure.has_result or fetched > line.end:
            return []
        at_desk = HandOverMeans.COUNTER.value
        return [Step(line.moment(fetched), Action.HAND_OVER, Role.INTAKE_OFFICER, at_desk)]

    def _promised(self, draft: Draft, slot: int) -> date:
        """A working day after the appointment and the apology: the day it is finished, where that is one."""
        due = self._due(draft, None)
        after = max(due or date.min, self._timeline.day(slot))
        if draft.last >= 0 and self._timeline.day(draft.last) > after:
            return self._timeline.day(draft.last)
        return self._due_dates.newest.nth_working_day_after(after, 3)

    def _due(self, draft: Draft, closed: int | None) -> date | None:
        window = draft.window
        policy = PausePolicy.RESUME
        if draft.pause is PauseKind.SUPPLEMENT:
            policy = draft.procedure.pause_policy
        return self._due_dates.due(
            duration_of(draft.procedure),
            window.accepted,
            draft.pause,
            policy,
            window.asked,
            window.answered,
            closed=closed,
        )


def _return_by(draft: Draft) -> HandOverMeans:
    if draft.by_post:
        return HandOverMeans.POST
    return HandOverMeans.ONLINE if draft.channel is Channel.ONLINE else HandOverMeans.COUNTER


def _moment(step: Step) -> datetime:
    return step.at
