"""A real broker that is also reached with TLS, by those who prove who they are."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.console.kafka.cluster import HOST, KafkaCluster, free_ports

USER, PASSWORD = "motcua", "một cửa"
_YEAR = timedelta(days=365)


class SecuredKafka(KafkaCluster):
    """One broker with three entrances: anybody's, one for `USER`, and one for holders of a certificate."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.ca = self.folder / "ca.pem"
        self.client = self.folder / "client.pem"
        self.with_password, self.with_certificate = (f"{HOST}:{port}" for port in free_ports(2))

    def start(self, *, first_port: int = 0) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        _write_certificates(self.ca, self.folder / "broker.pem", self.client)
        super().start(first_port=first_port)

    def properties(self, number: int) -> Mapping[str, str]:
        plain = super().properties(number)
        modules = "org.apache.kafka.common.security"
        keys = {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.folder / "broker.pem"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.ca),
        }
        return {
            **plain,
            "listeners": f"{plain['listeners']},SASL_SSL://{self.with_password},SSL://{self.with_certificate}",
            "listener.security.protocol.map": (
                "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL"
            ),
            **keys,
            "listener.name.ssl.ssl.client.auth": "required",
            "listener.name.sasl_ssl.sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": (
                f"{modules}.scram.ScramLoginModule required;"
            ),
            "listener.name.sasl_ssl.plain.sasl.jaas.config": (
                f'{modules}.plain.PlainLoginModule required user_{USER}="plain";'
            ),
        }

    def format_options(self) -> Sequence[str]:
        return ["--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"]


def _write_certificates(ca: Path, *owners: Path) -> None:
    """A certificate of its own for each of `owners`, with the key in the same file, vouched for by `ca`."""
    issuer_key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
    ca.write_bytes(_pem(_certificate(issuer, issuer, issuer_key, issuer_key, authority=True)))
    for owner in owners:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, owner.stem)])
        certificate = _certificate(subject, issuer, key, issuer_key, authority=False)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        owner.write_bytes(private + _pem(certificate))


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    authority: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _YEAR)
        .not_valid_after(now + _YEAR)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
        .sign(issuer_key, hashes.SHA256())
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
