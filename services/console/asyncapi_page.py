"""Writes docs/asyncapi.yaml, for programs, from the events in `shared/events`: `make docs`."""

from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.events.dossier import EVENT_MODELS
from shared.events.envelope import WATERMARK_EVENT, Envelope, dossier_event_name, reference_event_name
from shared.events.reference import REFERENCE_MODELS
from shared.events.watermark import Watermark
from shared.log.port import DOSSIER_STREAM, REFERENCE_STREAM

_SCHEMAS = "#/components/schemas/"
_MESSAGES = "#/components/messages/"
_STREAMS = {
    DOSSIER_STREAM: "What happens to dossiers. Key and subject: the dossier code.",
    REFERENCE_STREAM: "Every version of the reference data, in full. Key and subject: `<kind>/<key>`.",
}


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of the catalogue."""

    stream: str
    type_name: str
    model: type[BaseModel]

    @property
    def name(self) -> str:
        """Unique, and short enough for headings and file names."""
        return self.type_name.removeprefix("vn.motcua.")

    @property
    def meaning(self) -> str:
        return " ".join((self.model.__doc__ or "").split())


def catalogue() -> list[Event]:
    """Every event that travels, in the order of its family."""
    dossier = [Event(DOSSIER_STREAM, dossier_event_name(name), model) for name, model in EVENT_MODELS.items()]
    reference = [
        Event(REFERENCE_STREAM, reference_event_name(kind), model) for kind, model in REFERENCE_MODELS.items()
    ]
    return [*dossier, Event(DOSSIER_STREAM, WATERMARK_EVENT, Watermark), *reference]


def schemas() -> dict[str, Any]:
    """JSON Schema of the envelope, of every payload and of what they are made of."""
    models: list[type[BaseModel]] = [Envelope, *(event.model for event in catalogue())]
    _, document = models_json_schema(
        [(model, "validation") for model in models], ref_template=f"{_SCHEMAS}{{model}}"
    )
    definitions: dict[str, Any] = document["$defs"]
    return definitions


def asyncapi_page() -> str:
    """The whole document."""
    events = catalogue()
    document = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Một Cửa",
            "version": "1.0.0",
            "description": (
                "Generated from shared/events by `make docs`; do not edit.\n\n"
                "CloudEvents 1.0 in structured JSON. Events of one subject come in the order of `sequence`; "
                "any of them may come more than once. They change by addition only."
            ),
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {
            stream: {
                "address": stream,
                "description": meaning,
                "messages": {
                    event.name: {"$ref": f"{_MESSAGES}{event.name}"}
                    for event in events
                    if event.stream == stream
                },
            }
            for stream, meaning in _STREAMS.items()
        },
        "operations": {
            f"follow_{stream}": {"action": "receive", "channel": {"$ref": f"#/channels/{stream}"}}
            for stream in _STREAMS
        },
        "components": {"messages": {event.name: _message(event) for event in events}, "schemas": schemas()},
    }
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=110)


def _message(event: Event) -> dict[str, Any]:
    return {
        "name": event.type_name,
        "summary": event.meaning,
        "payload": {
            "allOf": [
                {"$ref": f"{_SCHEMAS}{Envelope.__name__}"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": event.type_name},
                        "data": {"$ref": f"{_SCHEMAS}{event.model.__name__}"},
                    },
                },
            ]
        },
    }


if __name__ == "__main__":
    print(asyncapi_page(), end="")
