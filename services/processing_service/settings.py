"""What processing is told."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from shared.settings import BaseServiceSettings, SealingSettings, http_address, settings_fault


class PortalAccount(BaseModel):
    """Where the national portal is, and as whom we call it."""

    model_config = ConfigDict(frozen=True)

    url: str
    user: str
    password: SecretStr
    agency: str = "H41"
    calls_per_second: float = 50


class Settings(SealingSettings, BaseServiceSettings):
    """Settings of the processing service."""

    service: ClassVar[str] = "processing"

    undo_window: timedelta = timedelta(minutes=30)
    """How long a decision can be undone by the officer who took it. Online results wait for it."""

    supplement_answer_days: int = Field(default=30, ge=1, le=366)
    """Calendar days that an applicant has for a supplement where the officer sets no date."""

    catch_up: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(seconds=10))] = timedelta(seconds=2)
    """How long a request waits for a version that a client has seen and processing has not heard of yet."""

    public_url: Annotated[str | None, AfterValidator(http_address)] = None
    """The address of the API as partners see it: the national portal fetches documents under it."""

    portal_url: Annotated[str | None, AfterValidator(http_address)] = None
    """The national portal's adapter. Without it the portal is told nothing; once it is set, everything that
    ever happened is. The workers need `portal_user`, `portal_password` and `public_url` too."""

    portal_user: str | None = None
    """Our account at the portal."""

    portal_password: SecretStr | None = None
    """Its password."""

    portal_agency: str = Field(default="H41", min_length=1, max_length=50)
    """The code under which the portal knows the province (`madonvi`)."""

    portal_calls_per_second: float = Field(default=50, gt=0, le=10_000, allow_inf_nan=False)
    """How often the portal is called at most, by all workers together. A call carries up to 50 dossiers."""

    @model_validator(mode="after")
    def _portal_is_whole(self) -> Self:
        if self.portal_url:
            needed = ("portal_user", "portal_password", "public_url")
            if missing := [name for name in needed if not getattr(self, name)]:
                raise settings_fault("portal_url needs it", *missing)
        return self

    @property
    def portal(self) -> PortalAccount | None:
        """None where nothing is told to a portal."""
        if not (self.portal_url and self.portal_user and self.portal_password):
            return None
        return PortalAccount(
            url=self.portal_url,
            user=self.portal_user,
            password=self.portal_password,
            agency=self.portal_agency,
            calls_per_second=self.portal_calls_per_second,
        )

    def _addresses(self) -> Mapping[str, str]:
        portal = {"portal_url": self.portal_url} if self.portal_url else {}
        return {**portal, **super()._addresses()}
