"""`motcua token`: demo tokens, one for each role."""

from typing import Annotated

import typer

from services.console.failures import CommandError
from services.console.options import DataFolder
from services.console.run_folder import DEFAULT, RunFolder
from shared.schemas.lifecycle import Role

_AGENCY_ROLES = frozenset({Role.CASE_OFFICER, Role.APPROVER, Role.SUPERVISOR})


def token(
    role: Annotated[
        Role | None, typer.Argument(help="In which role the token lets act; without it, one for each role.")
    ] = None,
    agency: Annotated[
        str, typer.Option(help="The agency that case officers, approvers and supervisors belong to.")
    ] = "H41.SYT",
    desk: Annotated[str, typer.Option(help="The desk that intake officers belong to.")] = "H41.TTPVHCC",
    subject: Annotated[
        str | None, typer.Option(help="Who acts; a name of the role's own without it.")
    ] = None,
    hours: Annotated[float, typer.Option(min=0.01, max=720, help="How long the token is valid.")] = 12,
    data: DataFolder = DEFAULT,
) -> None:
    """Print a demo token, to be sent as `Authorization: Bearer ...`.

    Only a demo believes them: in production tokens come from the national sign-on and the province's.

    Example: curl -H "Authorization: Bearer $(motcua token case_officer)" http://127.0.0.1:8000/v1/cases
    """
    from services.console.demo_issuer import DemoGrant, mint

    def minted(wanted: Role) -> str:
        grant = DemoGrant(
            wanted,
            agency=agency if wanted in _AGENCY_ROLES else None,
            desk=desk if wanted is Role.INTAKE_OFFICER else None,
        )
        return mint(folder, subject or f"demo-{wanted.value}", grant, hours=hours)

    folder = RunFolder(data)
    if not folder.public_token_keys.exists():
        raise CommandError(f"no demo was ever started on {folder.path}; start one with `motcua up`")
    if role is not None:
        print(minted(role))
        return
    for each in Role:
        if each is not Role.SYSTEM:
            print(f"{each.value}\n{minted(each)}\n")
