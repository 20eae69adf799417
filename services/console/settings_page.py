"""Writes docs/settings.md from the settings classes: `make docs`."""

import json
from collections.abc import Iterable, Iterator

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from services.console.service_parts import settings_classes
from shared.log.kafka_address import ADDRESS_OPTIONS, KafkaAddress
from shared.settings import BaseServiceSettings, CommonSettings, SealingSettings, variable_of
from shared.variables import PREFIX, own_prefix

_HEAD = """\
# Settings

Generated from the settings classes by `make docs`; do not edit.

An installation is told what it needs through environment variables. `motcua up` sets those it can choose by
itself and keeps the ones that are set already. A variable that begins with `MOTCUA_` and is not listed here
stops the start. The general ones hold for every service; `MOTCUA_<SERVICE>_<NAME>` says one for a single
service and comes first. Durations are written as ISO 8601 (`PT30M`), lists as JSON.
"""


_KAFKA = """\
`kafka://host:9092,host:9092` names some of the brokers; `kafkas://` is the same with TLS. User and password,
where the brokers ask for them, stand before the host, `kafkas://user:password@host:9093`; characters that an
address cannot hold are written as in `%40`. Options follow behind a question mark, `&` between.
See also [kafka.md](kafka.md).

"""


def settings_page() -> str:
    """The whole page."""
    sealing = _added(SealingSettings, CommonSettings)
    sections = [
        ("For every service", PREFIX, CommonSettings.model_fields.items()),
        ("For the services that open personal data (intake, processing)", PREFIX, sealing),
    ]
    for service, settings in settings_classes().items():
        sections.append((f"For {service} alone", own_prefix(service), _own(settings)))
    tables = [(title, _variables(prefix, fields)) for title, prefix, fields in sections]
    tables.append(("The log in Kafka", _KAFKA + _kafka_options()))
    return _HEAD + "".join(f"\n## {title}\n\n{table}" for title, table in tables)


def _own(settings: type[BaseServiceSettings]) -> Iterator[tuple[str, FieldInfo]]:
    general = set(CommonSettings.model_fields) | set(SealingSettings.model_fields)
    return ((name, field) for name, field in settings.model_fields.items() if name not in general)


def _added(settings: type[CommonSettings], base: type[CommonSettings]) -> Iterator[tuple[str, FieldInfo]]:
    return ((name, field) for name, field in settings.model_fields.items() if name not in base.model_fields)


def _variables(prefix: str, fields: Iterable[tuple[str, FieldInfo]]) -> str:
    required_first = sorted(fields, key=lambda pair: not pair[1].is_required())
    return _table("variable", [(variable_of(prefix, name, field), field) for name, field in required_first])


def _kafka_options() -> str:
    return _table("option", [(name, KafkaAddress.model_fields[name]) for name in ADDRESS_OPTIONS])


def _table(first: str, fields: Iterable[tuple[str, FieldInfo]]) -> str:
    rows = [
        f"| `{name}` | {_default(field)} | {' '.join((field.description or '').split())} |"
        for name, field in fields
    ]
    return "\n".join([f"| {first} | default | meaning |", "|---|---|---|", *rows, ""])


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    if field.default is PydanticUndefined or field.default in {None, ""}:
        return "none"
    default = to_jsonable_python(field.default)
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


if __name__ == "__main__":
    print(settings_page(), end="")
