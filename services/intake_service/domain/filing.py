"""Filing: what must hold before a dossier exists, and the first entry of its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.intake_service.domain.access import desk_may_take
from services.intake_service.domain.dossier import Dossier
from shared.errors import ForbiddenError, RuleViolationError
from shared.events.dossier import ComponentCopy, DossierFacts, Filed
from shared.legal_clock.calendar import WorkingCalendar
from shared.legal_clock.working_hours import answer_due
from shared.principal import Grant, Principal
from shared.schemas.lifecycle import Action, Channel, DossierStatus, HandOverMeans, Role
from shared.schemas.reference import AgencyTree, Procedure, ProcedureCase

_ROLES_BY_CHANNEL = {
    Channel.COUNTER: frozenset({Role.INTAKE_OFFICER}),
    Channel.ONLINE: frozenset({Role.CITIZEN, Role.REPRESENTATIVE, Role.PORTAL}),
    Channel.POSTAL: frozenset({Role.INTAKE_OFFICER, Role.POSTAL_PARTNER}),
}


@dataclass(frozen=True, slots=True)
class Application:
    """What is asked for, checked against the catalogue and pinned as it holds on the filing day."""

    procedure: Procedure
    case: ProcedureCase
    agency: str
    desk: str
    channel: Channel
    components: tuple[ComponentCopy, ...]
    return_by: HandOverMeans
    foreign_number: str | None

    @property
    def facts(self) -> DossierFacts:
        return DossierFacts(
            procedure=self.procedure.code,
            procedure_version=self.procedure.version,
            case=self.case.code,
            field=self.procedure.field,
            agency=self.agency,
            desk=self.desk,
            channel=self.channel,
            statutory=self.case.statutory,
            committed=self.case.committed or self.case.statutory,
            pause_policy=self.procedure.pause_policy,
            has_result=self.procedure.has_result,
            return_by=self.return_by,
            foreign_number=self.foreign_number,
            asks_for=tuple(component.code for component in self.procedure.components),
        )


def filing_grant(principal: Principal, channel: Channel, desk: str | None) -> Grant:
    """The grant in which the caller files. Raises `ForbiddenError` for a channel that is not theirs."""
    for grant in principal.grants_as(_ROLES_BY_CHANNEL[channel]):
        if grant.role is not Role.INTAKE_OFFICER or desk is None or grant.desk == desk:
            return grant
    needed = ", ".join(sorted(_ROLES_BY_CHANNEL[channel]))
    raise ForbiddenError(f"filing through {channel} here needs one of the roles {needed}")


def check_application(
    procedure: Procedure | None,
    *,
    case: str | None,
    desk: str | None,
    channel: Channel,
    components: Sequence[ComponentCopy],
    return_by: HandOverMeans,
    foreign_number: str | None,
    tree: AgencyTree,
    today: date,
) -> Application:
    """Raises `RuleViolationError` naming the field and the rule for the first thing that is wrong."""
    if procedure is None:
        raise RuleViolationError("no such procedure", field="/procedure", rule="procedure-unknown")
    if not procedure.in_force_on(today):
        raise RuleViolationError(
            f"{procedure.code} is not in force on {today}", field="/procedure", rule="procedure-not-in-force"
        )
    if not procedure.duration_known:
        raise RuleViolationError(
            f"the duration of {procedure.code} is unknown until an officer confirms it",
            field="/procedure",
            rule="duration-unconfirmed",
        )
    if channel not in procedure.channels:
        raise RuleViolationError(
            f"{procedure.code} is not offered through {channel}", field="/channel", rule="channel-not-offered"
        )
    agency = procedure.competent_on(today)
    if agency is None or all(node.code != agency for node in tree.in_force(today)):
        raise RuleViolationError(
            f"no agency decides on {procedure.code} on {today}",
            field="/procedure",
            rule="no-competent-agency",
        )
    _check_components(procedure, components)
    return Application(
        procedure=procedure,
        case=_case(procedure, case),
        agency=agency,
        desk=_desk(desk, agency, tree),
        channel=channel,
        components=tuple(components),
        return_by=return_by,
        foreign_number=foreign_number,
    )


def file(
    application: Application,
    *,
    code: str,
    sealed: str,
    owner: str | None,
    representative: str | None,
    grant: Grant,
    now: datetime,
    calendar: WorkingCalendar,
) -> tuple[Dossier, Filed]:
    """A new dossier, submitted. Its 8 working hours run, unless it is still with the post."""
    due = None if application.channel is Channel.POSTAL else answer_due(now, calendar)
    event = Filed(
        action=Action.FILE,
        role=grant.role,
        acting_agency=grant.acting_for,
        acting_channel=application.channel,
        status_before=None,
        status_after=DossierStatus.SUBMITTED,
        facts=application.facts,
        components=application.components,
        answer_due_at=due,
        sealed=sealed,
    )
    dossier = Dossier(
        code=code,
        version=0,
        head_hash="",
        status=DossierStatus.SUBMITTED,
        facts=event.facts,
        required_components=tuple(c.code for c in application.procedure.components if c.required),
        components=application.components,
        owner=owner,
        representative=representative,
        sealed=sealed,
        filed_at=now,
        arrived_at=None,
        answer_due_at=due,
    )
    return dossier, event


def _case(procedure: Procedure, code: str | None) -> ProcedureCase:
    if code is None and len(procedure.cases) == 1:
        return procedure.cases[0]
    found = procedure.case(code) if code else None
    if found is None:
        known = ", ".join(case.code for case in procedure.cases)
        raise RuleViolationError(f"name one of the cases {known}", field="/case", rule="case-unknown")
    return found


def _desk(code: str | None, agency: str, tree: AgencyTree) -> str:
    if code is None:
        code = next((desk.code for desk in tree.desks if desk_may_take(desk.code, agency, tree)), None)
    if code is None or tree.desk(code) is None:
        raise RuleViolationError("no such receiving desk", field="/desk", rule="desk-unknown")
    if not desk_may_take(code, agency, tree):
        raise RuleViolationError(
            f"desk {code} takes nothing in for {agency}", field="/desk", rule="desk-without-rights"
        )
    return code


def _check_components(procedure: Procedure, components: Sequence[ComponentCopy]) -> None:
    known = {component.code for component in procedure.components}
    seen: set[str] = set()
    for index, copy in enumerate(components):
        field = f"/components/{index}/component"
        if copy.component not in known:
            raise RuleViolationError(
                f"{procedure.code} asks for no {copy.component!r}", field=field, rule="component-unknown"
            )
        if copy.component in seen:
            raise RuleViolationError("named twice", field=field, rule="component-repeated")
        seen.add(copy.component)
