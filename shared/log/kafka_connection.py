"""How a process reaches the brokers of a log."""

import ssl
from random import SystemRandom
from typing import Any

from shared.log.kafka_address import KafkaAddress

# A broker that hangs is given up for another one after this long. An append has time for that, and joining a
# group is a request that is answered sooner, when everybody has joined or was given up.
_REQUEST_SECONDS = 9


def client_options(address: KafkaAddress) -> dict[str, Any]:
    """What every client of aiokafka is told. Raises `ValueError` when a file that is named cannot be read."""
    secured = {(False, False): "PLAINTEXT", (True, False): "SSL", (False, True): "SASL_PLAINTEXT"}
    options: dict[str, Any] = {
        "bootstrap_servers": address.servers,
        "client_id": "motcua",
        "request_timeout_ms": _REQUEST_SECONDS * 1000,
        "security_protocol": secured.get((address.tls, address.user is not None), "SASL_SSL"),
    }
    if address.tls:
        options["ssl_context"] = _ssl_context(address)
    if address.user is not None and address.password is not None:
        options |= {
            "sasl_mechanism": address.mechanism,
            "sasl_plain_username": address.user,
            "sasl_plain_password": address.password.get_secret_value(),
        }
    return options


def retry_milliseconds(longest: int) -> int:
    """How long one client waits between attempts; each another time, so that they do not march in step."""
    return SystemRandom().randint(longest // 2, longest)


def _ssl_context(address: KafkaAddress) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=address.ca)
        if address.certificate is not None and address.key is not None:
            context.load_cert_chain(address.certificate, address.key, password=_no_password)
    except OSError as error:  # ssl's own errors too
        raise ValueError(f"ca, certificate or key of the log cannot be used: {error}") from error
    return context


def _no_password() -> str:
    # Otherwise OpenSSL would ask for it at the terminal, and wait.
    raise ValueError("the key of the log's certificate is encrypted")
