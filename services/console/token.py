"""`motcua token`: demo tokens, one for each role."""

from typing import Annotated

import typer

from services.console.failures import CommandError
from services.console.options import DataFolder
from services.console.run_folder import DEFAULT, RunFolder
from shared.schemas.lifecycle import Role

_OF_AGENCY = frozenset({Role.CASE_OFFICER, Role.APPROVER, Role.SUPERVISOR})
_OF_DESK = frozenset({Role.INTAKE_OFFICER})
# Timers and reactions act as the system; nobody signs on as it.
_ROLES = [role for role in Role if role is not Role.SYSTEM]
_AGENCY, _DESK = "H41.SYT", "H41.TTPVHCC"


def token(
    role: Annotated[
        str | None,
        typer.Argument(
            metavar="ROLE",
            help=f"In which role the token lets act: {', '.join(_ROLES)}. Without it, one for each role.",
        ),
    ] = None,
    agency: Annotated[
        str | None,
        typer.Option(
            metavar="CODE",
            help=f"The agency that a case officer, approver or supervisor belongs to; {_AGENCY} without it.",
        ),
    ] = None,
    desk: Annotated[
        str | None,
        typer.Option(metavar="CODE", help=f"The desk that an intake officer belongs to; {_DESK} without it."),
    ] = None,
    subject: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who acts; without it a name of the role's own.")
    ] = None,
    hours: Annotated[
        float, typer.Option(min=0.01, max=720, metavar="HOURS", help="How long the token is valid.")
    ] = 12,
    data: DataFolder = DEFAULT,
) -> None:
    """Print a demo token, to be sent as `Authorization: Bearer ...`.

    Only a demo believes it: in production tokens come from the national sign-on and the province's.

    \b
    Example:
      curl -H "Authorization: Bearer $(motcua token case_officer)" http://127.0.0.1:8000/v1/cases
    """
    from services.console.demo_issuer import DemoGrant, mint
    from services.console.places import places_of

    def minted(wanted: Role) -> str:
        grant = DemoGrant(
            wanted,
            agency=(agency or _AGENCY) if wanted in _OF_AGENCY else None,
            desk=(desk or _DESK) if wanted in _OF_DESK else None,
        )
        return mint(folder, subject or f"demo-{wanted.value}", grant, hours=hours)

    if role and role not in _ROLES:
        raise typer.BadParameter(f"'{role}' is none of {', '.join(_ROLES)}", param_hint="'ROLE'")
    if role and agency and role not in _OF_AGENCY:
        raise typer.BadParameter(f"{role} belongs to no agency", param_hint="'--agency'")
    if role and desk and role not in _OF_DESK:
        raise typer.BadParameter(f"{role} belongs to no desk", param_hint="'--desk'")
    folder = RunFolder(data)
    if not folder.public_token_keys.exists():
        raise CommandError(f"No demo was ever started on {folder.path}; start one with `motcua up`.")
    if agency or desk:
        places_of(folder).check(agency=agency, desk=desk)
    if role is not None:
        print(minted(Role(role)))
        return
    for each in _ROLES:
        print(f"{each.value}\n{minted(each)}\n")
