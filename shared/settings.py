"""Settings: what an installation tells its processes, through environment variables.

`MOTCUA_<NAME>` holds for every service, `MOTCUA_<SERVICE>_<NAME>` for one and before the general one. What
differs between services by nature (their databases, their own rules) has the second form only. A variable
that other software knows as well keeps the name that it has there. Processes read them with
`shared.settings_reader`, which names every variable that is missing, wrong or unknown.
docs/settings.md is generated from these classes.
"""

import os
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from shared.log.kafka_address import read_kafka_address
from shared.variables import PREFIX, SERVICES, own_prefix

# Read by the test suite alone.
_TEST_PREFIX = f"{PREFIX}TEST_"


def _address(**forms: str) -> AfterValidator:
    """An address in one of the `forms`, scheme by scheme."""

    def check(value: Any) -> Any:
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        parts = urlsplit(plain)
        match parts.scheme:
            case scheme if scheme not in forms:
                *others, last = (f"{scheme}://" for scheme in forms)
                begins = f"{', '.join(others)} or {last}" if others else last
                raise ValueError(f"must begin with {begins}")
            case "postgresql" if len(parts.path) < 2:
                raise ValueError(f"must name a database: {forms['postgresql']}")
            case "file" if parts.netloc or not parts.path:
                raise ValueError(f"must name a folder from the root on: {forms['file']}")
            case "kafka" | "kafkas":
                read_kafka_address(plain)
            case _:
                pass
        return value

    return AfterValidator(check)


_POSTGRESQL = "postgresql://user:password@host:5432/name"


def _file_or_https(source: str) -> str:
    if "://" in source and not source.startswith("https://"):
        raise ValueError("must be an https:// address or the path of a file")
    return source


def http_address(address: str | None) -> str | None:
    """For settings that name a place to call. Raises `ValueError`."""
    if address and not address.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return address or None


class CommonSettings(BaseSettings):
    """What every service is told."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # addresses contain passwords
        use_attribute_docstrings=True,
    )

    log_url: Annotated[
        SecretStr,
        _address(
            postgresql=_POSTGRESQL, kafka="kafka://host:9092", kafkas="kafkas://user:password@host:9093"
        ),
    ]
    """The event log: `postgresql://…` (a database of its own), `kafka://host:9092,host:9092` or
    `kafkas://user:password@host:9093`, with [options](#the-log-in-kafka)."""

    object_store_url: Annotated[str, _address(file="file:///absolute/folder", s3="s3://bucket/prefix")]
    """Where documents lie: `file:///absolute/folder` or `s3://bucket/prefix` (with the usual `AWS_…`)."""

    token_issuer: str = Field(min_length=1)
    """The `iss` of the access tokens that are believed."""

    token_audience: str = Field(default="motcua", min_length=1)
    """The `aud` that an access token must name."""

    token_keys: Annotated[str, Field(min_length=1), AfterValidator(_file_or_https)]
    """The issuer's public keys (JWKS): an `https://` address, or a file."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe message that is written."""

    otlp_endpoint: Annotated[str | None, AfterValidator(http_address)] = Field(
        default=None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT"
    )
    """Where traces are sent, over OTLP by HTTP: `http://collector:4318`. Without it none are made. The other
    variables of OpenTelemetry hold too, like `OTEL_TRACES_SAMPLER` and `OTEL_EXPORTER_OTLP_HEADERS`."""

    drain_delay: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(minutes=1))] = timedelta(seconds=5)
    """How long an API process that was told to stop serves on while it calls itself not ready: as long as
    whoever sends requests needs to notice."""

    secrets: Path | None = None
    """A folder whose files are named like variables (`MOTCUA_SEALING_KEY`) and hold their values. A variable
    that is set comes first."""

    demo: bool = False
    """Local token issuer and simulated business clock. Refused unless everything is on this machine and the
    databases carry the demo mark."""

    business_clock: Path | None = None
    """The file of the simulated business clock; without it business time is the machine's. Demo only."""

    @model_validator(mode="after")
    def _demo_stays_at_home(self) -> Self:
        if self.business_clock and not self.demo:
            raise settings_fault(
                "only a demo has a simulated business clock, and MOTCUA_DEMO is not true", "business_clock"
            )
        if self.demo:
            elsewhere = [name for name, address in self._addresses().items() if not is_local(address)]
            if elsewhere:
                raise settings_fault(
                    "a demo must be on this machine: a loopback address or a socket", *elsewhere
                )
        return self

    def _addresses(self) -> Mapping[str, str]:
        return {"log_url": self.log_url.get_secret_value(), "object_store_url": self.object_store_url}


class SealingSettings(CommonSettings):
    """What only the services are told that may read personal data out of events."""

    sealing_key: SecretStr = Field(min_length=32)
    """The master secret from which the keys of each filing year are derived; at least 32 characters."""


_GENERAL_NAMES = frozenset(
    name
    for settings in (CommonSettings, SealingSettings)
    for name, field in settings.model_fields.items()
    if field.validation_alias is None
)


def variable_of(prefix: str, setting: str, field: FieldInfo) -> str:
    """The variable for a setting: its own, if it has one elsewhere, else its name behind `prefix`."""
    return str(field.validation_alias or f"{prefix}{setting.upper()}")


class BaseServiceSettings(CommonSettings):
    """What one service is told. A subclass names its `service` and adds its own settings."""

    service: ClassVar[str]

    database_url: Annotated[SecretStr, _address(postgresql=_POSTGRESQL)]
    """The service's own database: `postgresql://user:password@host:5432/name`."""

    database_connections: int = Field(default=10, ge=1, le=1000)
    """How many connections one process holds at most."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        own = EnvSettingsSource(settings_cls, env_prefix=own_prefix(cls.service))
        return init_settings, own, EnvSettingsSource(settings_cls, env_prefix=PREFIX)

    @classmethod
    def variable(cls, setting: str) -> str:
        """The variable from which the service takes a setting, or would take it."""
        field = cls.model_fields[setting]
        own, general = (variable_of(prefix, setting, field) for prefix in (own_prefix(cls.service), PREFIX))
        return own if own in os.environ or setting not in _GENERAL_NAMES else general

    @classmethod
    def unknown_variables(cls) -> list[str]:
        """What the environment says to this service or to all, and is no setting: misspelt, or gone."""
        return sorted(name for name in os.environ if name.startswith(PREFIX) and not cls._knows(name))

    @classmethod
    def _knows(cls, variable: str) -> bool:
        own = own_prefix(cls.service)
        if variable.startswith(own):
            field = cls.model_fields.get(variable.removeprefix(own).lower())
            return field is not None and field.validation_alias is None
        others = [own_prefix(service) for service in SERVICES if service != cls.service]
        return (
            variable.startswith((_TEST_PREFIX, *others))
            or variable.removeprefix(PREFIX).lower() in _GENERAL_NAMES
        )

    def _addresses(self) -> Mapping[str, str]:
        return {"database_url": self.database_url.get_secret_value(), **super()._addresses()}


def settings_fault(why: str, *settings: str) -> PydanticCustomError:
    """For validators: `why`, and the settings that it is about."""
    return PydanticCustomError("settings", "{why}", {"why": why, "settings": settings})


def is_local(address: str) -> bool:
    """Whether an address leads nowhere but to this machine: a file, a socket, a loopback address."""
    parts = urlsplit(address)
    if parts.scheme == "file":
        return True
    hosts = [server.rpartition("@")[2] for server in parts.netloc.split(",")]
    hosts += parse_qs(parts.query).get("host", [])
    return all(_is_local_host(host) for host in hosts if host) and any(hosts)


def _is_local_host(host: str) -> bool:
    if host.startswith("/") or host == "localhost":
        return True
    bare = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    try:
        return ip_address(bare).is_loopback
    except ValueError:
        return bare == "localhost"
