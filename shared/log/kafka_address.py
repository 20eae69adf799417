"""What the address of a log in Kafka says."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

# What Kafka takes in names of topics and groups.
_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]*$", max_length=100)]


class KafkaAddress(BaseModel):
    """`kafka://host:9092,host:9092?option=value`, or `kafkas://user:password@host:9093` with TLS."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    servers: str
    """`host:port` of some brokers, comma between: who is there tells of the others."""

    tls: bool = False
    user: str | None = None
    password: SecretStr | None = None

    replication: int = Field(default=3, ge=1, le=100)
    """How many brokers keep a record, used when a topic is made. All but one must have it before it counts as
    written: with 3, any broker may be lost, and work goes on without it. A single broker needs 1."""

    prefix: _Name = ""
    """What the names of topics and consumer groups begin with. Each installation that shares a cluster with
    others needs one of its own."""

    member: _Name = ""
    """A name of its own for each worker process, kept over restarts: one that is back within
    `session_seconds` keeps its partitions, and the others do not even notice. Without it, a process that ends
    hands its partitions on at once."""

    session_seconds: float = Field(default=10, gt=0, le=3600, allow_inf_nan=False)
    """A worker that the brokers do not hear for so long is taken for dead. The brokers set limits, by default
    6 and 1800."""

    mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = "SCRAM-SHA-512"
    """How user and password are proved (SASL). PLAIN needs `kafkas://`."""

    ca: Path | None = None
    """The certificates that the brokers' are checked against (PEM); without it, the machine's."""

    certificate: Path | None = None
    """Our own certificate (PEM), where the brokers ask for one."""

    key: Path | None = None
    """The private key of `certificate` (PEM, not encrypted)."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not all(_is_server(server) for server in self.servers.split(",")):
            raise ValueError("must name the brokers: kafka://host:9092,host:9092")
        if (self.user is None) != (self.password is None):
            raise ValueError("a user needs a password: kafkas://user:password@host:9093")
        if not self.tls and (self.ca or self.certificate):
            raise ValueError("ca and certificate are for kafkas://")
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key go together")
        if not self.tls and self.user is not None and self.mechanism == "PLAIN":
            raise ValueError("PLAIN would show the password to the network; it needs kafkas://")
        return self

    def topic(self, stream: str) -> str:
        """The topic of a stream."""
        return self.prefix + stream

    def group(self, group: str, stream: str) -> str:
        """The group of those who read one stream. Members that read different streams would only disturb
        each other in one."""
        return f"{self.prefix}{group}.{stream}"


ADDRESS_OPTIONS = [
    name for name in KafkaAddress.model_fields if name not in {"servers", "tls", "user", "password"}
]
"""What may stand behind the question mark."""


def read_kafka_address(address: str) -> KafkaAddress:
    """Raises `ValueError`, which repeats no part of the address but the names of its options."""
    parts = urlsplit(address)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(options.keys() - set(ADDRESS_OPTIONS)):
        raise ValueError(f"the address of a log knows no {', '.join(unknown)}")
    try:
        return KafkaAddress.model_validate({**options, **_account(parts), "tls": parts.scheme == "kafkas"})
    except ValidationError as error:
        raise ValueError("; ".join(_told(each) for each in error.errors(include_input=False))) from None


def _account(parts: SplitResult) -> dict[str, str]:
    account, at, servers = parts.netloc.rpartition("@")
    if not at:
        return {"servers": servers}
    user, colon, password = account.partition(":")
    return {"servers": servers, "user": unquote(user)} | ({"password": unquote(password)} if colon else {})


def _is_server(server: str) -> bool:
    host, colon, port = server.rpartition(":")
    return bool(host) and port.isdecimal() if colon else bool(server)


def _told(fault: Any) -> str:
    place = ".".join(map(str, fault["loc"]))
    words = str(fault["msg"]).removeprefix("Value error, ")
    return f"{place}: {words}" if place else words
