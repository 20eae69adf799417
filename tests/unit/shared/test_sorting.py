"""Whatever is delivered, in whatever order and number, each event becomes ready once and in its turn."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from shared.consumer.sorting import Delivery, sort_out
from shared.events.envelope import Envelope, UnreadableEventError
from tests.support.backbone import event

SUBJECTS = ("a", "b", "c")


def delivery(subject: str, sequence: int) -> Delivery:
    return Delivery(event(subject, sequence), b"", 0, 0)


def lacks_nothing(_: Envelope) -> None:
    return None


@given(
    st.integers(1, 8),
    st.lists(st.tuples(st.sampled_from(SUBJECTS), st.integers(1, 8)), max_size=60),
    st.lists(st.integers(0, 60), max_size=6),
)
def test_batches_add_up_to_each_event_once(
    length: int, arrivals: list[tuple[str, int]], cuts: list[int]
) -> None:
    """Arrivals with repetitions and gaps, then everything once: as a redelivery would fill the gaps."""
    everything = [(subject, sequence) for subject in SUBJECTS for sequence in range(1, length + 1)]
    stream = [pair for pair in arrivals if pair[1] <= length] + everything
    bounds = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    applied: dict[str, int] = {}
    order: list[tuple[str, int]] = []
    held: list[Delivery] = []
    for start, end in pairwise(bounds):
        arrived = [delivery(*pair) for pair in stream[start:end]]
        outcome = sort_out([*held, *arrived], applied, lacks_nothing)
        order += [ready.key for ready in outcome.ready]
        applied |= {ready.event.subject: ready.event.sequence for ready in outcome.ready}
        held = [waiting for waiting, _ in outcome.waiting.values()]
        assert len(outcome.ready) + len(held) + outcome.duplicates >= len(arrived)

    assert held == []
    for subject in SUBJECTS:
        assert [sequence for of, sequence in order if of == subject] == list(range(1, length + 1))


def test_a_gap_holds_what_is_behind_it() -> None:
    outcome = sort_out([delivery("a", 3), delivery("a", 5), delivery("b", 2)], {"a": 2}, lacks_nothing)

    assert [ready.key for ready in outcome.ready] == [("a", 3)]
    assert {key: lacking for key, (_, lacking) in outcome.waiting.items()} == {("a", 5): None, ("b", 2): None}


def test_only_the_event_that_lacks_something_says_so() -> None:
    outcome = sort_out(
        [delivery("a", 1), delivery("a", 2), delivery("a", 3)],
        {},
        lambda event: "calendar 4" if event.sequence == 2 else None,
    )

    assert [ready.key for ready in outcome.ready] == [("a", 1)]
    assert {key: lacking for key, (_, lacking) in outcome.waiting.items()} == {
        ("a", 2): "calendar 4",
        ("a", 3): None,
    }


def test_what_cannot_be_read_holds_what_is_behind_it() -> None:
    def lacks(event: Envelope) -> str | None:
        if event.sequence == 2:
            raise UnreadableEventError("broken")
        return None

    outcome = sort_out([delivery("a", 3), delivery("a", 2), delivery("a", 1)], {}, lacks)

    assert [ready.key for ready in outcome.ready] == [("a", 1)]
    assert [(unread.key, str(error)) for unread, error in outcome.unreadable] == [(("a", 2), "broken")]
    assert outcome.waiting.keys() == {("a", 3)}
