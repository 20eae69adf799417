"""The envelope of every event: CloudEvents 1.0 in structured JSON.

`type` is `vn.motcua.dossier.<past participle>.v1`, `vn.motcua.reference.<kind>.v1` or `WATERMARK_EVENT`.
"""

import json
from functools import cached_property
from typing import Any, Literal

from pydantic import ValidationError

from shared.events.dossier import EVENT_MODELS, DossierEvent
from shared.events.reference import REFERENCE_MODELS, ReferenceItem, ReferenceKind
from shared.events.watermark import Watermark
from shared.schemas.base import Moment, Schema
from shared.schemas.lifecycle import EventType

SEQUENCE_HEADER = "sequence"
"""The header of a log record that repeats the sequence of its event."""

_PREFIX = "vn.motcua."

WATERMARK_EVENT = f"{_PREFIX}watermark.announced.v1"
"""The `type` of a watermark on the log."""


class Envelope(Schema):
    """One event as it travels."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    """`<subject>/<sequence>`, the same at every sending."""
    source: str
    """The service that wrote it: `/intake` or `/processing`."""
    type: str
    """What happened, with the version of its payload."""
    subject: str
    """To what: a dossier code, `<kind>/<key>` of reference data, or `watermark/<source>/<n>`."""
    time: Moment
    """`occurred_at`, by the business clock."""
    datacontenttype: Literal["application/json"] = "application/json"
    sequence: int
    """1, 2, 3 ... per subject, over all services that write it."""
    traceparent: str | None = None
    chain: str | None = None
    """Head of the history chain after this entry, SHA-256 in hex."""
    data: dict[str, Any]

    def encode(self) -> bytes:
        """UTF-8 JSON."""
        return self.model_dump_json(exclude_none=True).encode()

    @classmethod
    def decode(cls, raw: bytes) -> "Envelope":
        """Raises `UnreadableEventError` for what is no envelope, and for a type that nobody knows yet.

        A later release may know it: who passed it over would never look at it again.
        """
        try:
            envelope = cls.model_validate_json(raw)
        except ValidationError as error:
            raise UnreadableEventError(_reasons(error)) from error
        if envelope.type not in _KNOWN:
            raise UnreadableEventError(f"unknown event type {envelope.type}")
        return envelope

    @property
    def dossier_event_type(self) -> EventType | None:
        """Which dossier event this is; none for anything else, known or not."""
        return _DOSSIER_EVENTS.get(self.type)

    @property
    def reference_kind(self) -> ReferenceKind | None:
        """Which reference series this belongs to; none for anything else."""
        return _REFERENCE_EVENTS.get(self.type)

    def dossier_event(self) -> DossierEvent:
        """The payload, validated. Raises `UnreadableEventError` for an unknown type or a broken payload."""
        return self._dossier_event

    # Whoever asks first whether an event can be taken, asks again what it says.
    @cached_property
    def _dossier_event(self) -> DossierEvent:
        event_type = self.dossier_event_type
        if event_type is None:
            raise UnreadableEventError(f"unknown event type {self.type}")
        try:
            return EVENT_MODELS[event_type].model_validate(self.data)
        except ValidationError as error:
            raise UnreadableEventError(_reasons(error)) from error

    def reference_item(self) -> ReferenceItem:
        """The payload, validated. Raises `UnreadableEventError` for an unknown type or a broken payload."""
        kind = self.reference_kind
        if kind is None:
            raise UnreadableEventError(f"unknown event type {self.type}")
        try:
            return REFERENCE_MODELS[kind].model_validate(self.data)
        except ValidationError as error:
            raise UnreadableEventError(_reasons(error)) from error

    def watermark(self) -> Watermark | None:
        """The watermark; none for any other event. Raises `UnreadableEventError` for a broken payload."""
        if self.type != WATERMARK_EVENT:
            return None
        try:
            return Watermark.model_validate(self.data)
        except ValidationError as error:
            raise UnreadableEventError(_reasons(error)) from error


class UnreadableEventError(Exception):
    """A message that can never be handled as it is. It is parked, never retried."""


def dossier_event_name(event_type: EventType) -> str:
    """The `type` of a dossier event on the log."""
    return f"{_PREFIX}dossier.{event_type}.v1"


def reference_event_name(kind: ReferenceKind) -> str:
    """The `type` of a reference event on the log."""
    return f"{_PREFIX}reference.{kind}.v1"


_DOSSIER_EVENTS = {dossier_event_name(event_type): event_type for event_type in EventType}
_REFERENCE_EVENTS = {reference_event_name(kind): kind for kind in ReferenceKind}
_KNOWN = {*_DOSSIER_EVENTS, *_REFERENCE_EVENTS, WATERMARK_EVENT}


def _reasons(error: ValidationError) -> str:
    """Where and why, without the offending values: they may be somebody's data."""
    return json.dumps(
        [f"{'/'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors(include_input=False)]
    )
