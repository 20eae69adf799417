"""Events that were written once are read for ever: one file each, never edited, only added to.

A file that no longer passes means that the change needs a new version of the event (`.v2`), and a file of it.
"""

import json
from pathlib import Path

import pytest

from services.console.asyncapi_page import catalogue
from shared.events.dossier import EVENT_MODELS
from shared.events.envelope import Envelope
from shared.history import append
from shared.schemas.base import Schema
from tests.support.backbone import MOMENT

GOLDEN = {path.stem: path for path in (Path(__file__).parent / "golden").glob("*.json")}


def read(name: str) -> Envelope:
    return Envelope.decode(GOLDEN[name].read_bytes())


def test_every_event_has_its_file() -> None:
    assert GOLDEN.keys() >= {event.name for event in catalogue()}


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_nothing_of_an_old_event_is_lost_or_read_as_something_else(name: str) -> None:
    envelope = read(name)
    payload: Schema | None = envelope.watermark()
    if payload is None:
        payload = envelope.dossier_event() if envelope.dossier_event_type else envelope.reference_item()

    assert payload.model_dump(mode="json", exclude_unset=True) == envelope.data
    assert json.loads(envelope.encode()) == json.loads(GOLDEN[name].read_bytes())


@pytest.mark.parametrize("name", sorted(name for name in GOLDEN if name.startswith("dossier.")))
def test_what_a_history_keeps_can_be_read_back(name: str) -> None:
    event = read(name).dossier_event()

    entry = append("H41.SCT-230515-0001", None, event, occurred_at=MOMENT, actor="x", reason=None, salt=b"")
    data = dict(entry.data) | ({"sealed": entry.sealed} if entry.sealed else {})

    assert EVENT_MODELS[event.type].model_validate(data) == event
