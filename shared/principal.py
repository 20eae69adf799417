"""Who calls, and in which qualities."""

from dataclasses import dataclass

from shared.schemas.lifecycle import Role


@dataclass(frozen=True, slots=True)
class Grant:
    """One quality in which a caller may act: for an agency, at a desk, or for the whole province."""

    role: Role
    agency: str | None = None
    desk: str | None = None

    @property
    def acting_for(self) -> str | None:
        """The agency or desk that acts through this grant."""
        return self.desk or self.agency


@dataclass(frozen=True, slots=True)
class Principal:
    """A verified caller. `subject` joins issuer and subject: two issuers' same subjects stay apart."""

    subject: str
    grants: tuple[Grant, ...]

    def grants_as(self, roles: frozenset[Role]) -> tuple[Grant, ...]:
        """The caller's grants among `roles`."""
        return tuple(grant for grant in self.grants if grant.role in roles)

    def has(self, role: Role) -> bool:
        """Whether the caller may act as `role` anywhere."""
        return any(grant.role is role for grant in self.grants)


SYSTEM = Principal("system", (Grant(Role.SYSTEM),))
