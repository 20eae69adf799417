"""What is published about the events is what travels."""

from pathlib import Path

import yaml

from services.console.asyncapi_page import asyncapi_page, catalogue
from services.console.events_page import events_page
from shared.schemas.lifecycle import EventType

DOCS = Path(__file__).parents[3] / "docs"


def test_the_pages_are_current() -> None:
    assert (DOCS / "events.md").read_text() == events_page(), "run `make docs`"
    assert (DOCS / "asyncapi.yaml").read_text() == asyncapi_page(), "run `make docs`"


def test_every_type_of_event_is_in_the_catalogue() -> None:
    types = {event.type_name for event in catalogue()}
    assert {f"vn.motcua.dossier.{event_type}.v1" for event_type in EventType} <= types


def test_every_reference_in_the_document_leads_somewhere() -> None:
    document = yaml.safe_load(asyncapi_page())
    for reference in references(document):
        target = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]


def references(part: object) -> list[str]:
    match part:
        case {"$ref": str(reference)}:
            return [reference]
        case dict():
            return [reference for value in part.values() for reference in references(value)]
        case list():
            return [reference for value in part for reference in references(value)]
    return []
