"""Writes docs/events.md, for people, from the events in `shared/events`: `make docs`."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from services.console.asyncapi_page import Event, catalogue, schemas
from shared.events.dossier import DossierEvent
from shared.log.port import DOSSIER_STREAM, REFERENCE_STREAM

_HEAD = """\
# Events

Generated from `shared/events` by `make docs`; do not edit. For programs the same is in
[asyncapi.yaml](asyncapi.yaml).

Every event is a CloudEvent 1.0 in structured JSON. The events of one subject come in the order of `sequence`,
without a gap once they are sorted; any of them may come more than once. Events change by addition only: read
what you know and ignore the rest.
"""
_DOSSIER = """\

## Stream `dossier`

What happens to dossiers. Key and subject are the dossier code. Free text and names stay in the writer's
history; what processing must know of people is `sealed`, ciphertext that only intake and processing can open.

Every event of a dossier says:

"""
_REFERENCE = """\

## Stream `reference`

Every version of the reference data, in full: whoever has version n needs no earlier one. Key and subject are
`<kind>/<key>`, `sequence` is the version.
"""
_PARTS = "\n## What they are made of\n"


def events_page() -> str:
    """The whole page."""
    definitions = schemas()
    common = set(DossierEvent.model_fields)
    events = catalogue()
    of_dossiers = (event for event in events if event.stream == DOSSIER_STREAM)
    of_reference = (event for event in events if event.stream == REFERENCE_STREAM)
    shown = {"Envelope", *(event.model.__name__ for event in events)}
    parts = sorted(definitions.keys() - shown)
    return "".join(
        [
            _HEAD,
            "\n## Envelope\n\n",
            _fields(definitions["Envelope"]),
            _DOSSIER,
            _fields(definitions["Started"], only=common),
            *(_event(event, definitions, without=common) for event in of_dossiers),
            _REFERENCE,
            *(_event(event, definitions) for event in of_reference),
            _PARTS,
            *(f"\n### {name}\n\n{_definition(definitions[name])}" for name in parts),
        ]
    )


def _event(event: Event, definitions: Mapping[str, Any], *, without: Collection[str] = ()) -> str:
    table = _fields(definitions[event.model.__name__], without=without)
    return f"\n### {event.name}\n\n{event.meaning}\n" + (f"\n{table}" if table else "")


def _definition(schema: Mapping[str, Any]) -> str:
    meaning = " ".join(schema.get("description", "").split())
    if "enum" in schema:
        return f"{meaning}\n\nOne of {', '.join(f'`{value}`' for value in schema['enum'])}.\n"
    return f"{meaning}\n\n{_fields(schema)}"


def _fields(schema: Mapping[str, Any], *, only: Collection[str] = (), without: Collection[str] = ()) -> str:
    rows = [
        f"| `{name}` | {_type(field)} | {_meaning(field, required=name in schema.get('required', ()))} |"
        for name, field in schema["properties"].items()
        if name not in without and (not only or name in only)
    ]
    return "\n".join(["| field | type | meaning |", "|---|---|---|", *rows, ""]) if rows else ""


def _meaning(field: Mapping[str, Any], *, required: bool) -> str:
    words = [] if required else ["(may be absent)"]
    return " ".join([*field.get("description", "").split(), *words])


def _type(field: Mapping[str, Any]) -> str:
    return " or ".join(_types(field))


def _types(field: Mapping[str, Any]) -> Iterator[str]:
    match field:
        case {"$ref": reference}:
            name = reference.rpartition("/")[2]
            yield f"[{name}](#{name.lower()})"
        case {"anyOf": choices}:
            for choice in choices:
                yield from _types(choice)
        case {"const": value}:
            yield f"`{value}`"
        case {"type": "array", "items": items}:
            yield f"list of {_type(items)}"
        case {"format": kind}:
            yield kind
        case {"type": kind}:
            yield kind
        case _:
            yield "any"


if __name__ == "__main__":
    print(events_page(), end="")
