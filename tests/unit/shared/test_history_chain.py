"""The hash chain of a history."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from shared.events.dossier import Cancelled, Refused
from shared.history import GENESIS, HistoryEntry, append, canonical_json, entry_hash, filed_on
from shared.schemas.lifecycle import Action, DossierStatus, Role

NOW = datetime(2023, 5, 15, 2, 0, tzinfo=UTC)
CODE = "H41.SCT-230515-0001"

_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner),
)


@given(st.dictionaries(st.text(st.characters(max_codepoint=127)), _values))
def test_what_we_hash_is_rfc_8785(document: dict[str, object]) -> None:
    assert canonical_json(document) == rfc8785.dumps(document)  # type: ignore[arg-type]


def _refused() -> HistoryEntry:
    event = Refused(
        action=Action.REFUSE,
        role=Role.INTAKE_OFFICER,
        acting_agency="H41.TTPVHCC",
        acting_channel="counter",
        status_before=DossierStatus.SUBMITTED,
        status_after=DossierStatus.NOT_ACCEPTED,
        reason_code="wrong_agency",
        answer_due_at=NOW,
    )
    return append(CODE, None, event, occurred_at=NOW, actor="officer", reason="Sai cơ quan", salt=b"s" * 16)


def _hash(entry: HistoryEntry) -> bytes:
    return entry_hash(
        entry.previous_hash,
        code=entry.code,
        sequence=entry.sequence,
        type=entry.type,
        occurred_at=entry.occurred_at,
        actor=entry.actor,
        reason=entry.reason,
        salt=entry.salt,
        data=entry.data,
        sealed=entry.sealed,
    )


def test_an_entry_follows_the_one_before() -> None:
    first = _refused()
    assert (first.sequence, first.previous_hash) == (1, GENESIS)
    cancelled = Cancelled(
        action=Action.CANCEL,
        role=Role.CITIZEN,
        acting_agency=None,
        acting_channel="online",
        status_before=DossierStatus.SUBMITTED,
        status_after=DossierStatus.NOT_ACCEPTED,
    )
    second = append(CODE, first.head, cancelled, occurred_at=NOW, actor="an", reason=None, salt=b"t" * 16)
    assert (second.sequence, second.previous_hash) == (2, first.hash)


@pytest.mark.parametrize(
    "change",
    [
        {"code": "H41.SCT-230515-0002"},
        {"sequence": 2},
        {"type": "cancelled"},
        {"occurred_at": NOW + timedelta(microseconds=1)},
        {"actor": "somebody else"},
        {"reason": "sai cơ quan"},
        {"reason": None},
        {"salt": b"x" * 16},
        {"data": {}},
        {"sealed": "2023.x"},
        {"previous_hash": b"\x01" * 32},
    ],
)
def test_no_column_can_be_changed_unseen(change: dict[str, object]) -> None:
    entry = _refused()
    assert _hash(entry) == entry.hash
    assert _hash(replace(entry, **change)) != entry.hash  # type: ignore[arg-type]


def test_the_filing_day_is_read_from_every_style_of_code() -> None:
    for code in (CODE, "000.00.16.H41-230515-0001", "H41.16-230515-12345"):
        assert str(filed_on(code)) == "2023-05-15"
