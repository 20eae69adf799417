"""A token for everybody who acts in a replay."""

from services.console.demo_issuer import DemoGrant, mint
from services.console.replay.people import subject_of
from services.console.replay.requests import CENTER_DESK, Actor
from services.console.run_folder import RunFolder
from shared.schemas.lifecycle import Role


class Tokens:
    """Demo tokens, minted once each."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._minted: dict[Actor, str] = {}

    def of(self, actor: Actor) -> str:
        """The token of somebody who acts."""
        if actor not in self._minted:
            subject = actor.role.value if actor.agency is None else f"{actor.role.value}-{actor.agency}"
            if actor.person is not None:
                subject = subject_of(actor.person)
            desk = CENTER_DESK if actor.role is Role.INTAKE_OFFICER else None
            grant = DemoGrant(actor.role, agency=actor.agency, desk=desk)
            self._minted[actor] = mint(self._folder, subject, grant)
        return self._minted[actor]

    def of_role(self, role: Role) -> str:
        """The token of a role that belongs to no agency and no person."""
        return self.of(Actor(role))
