"""How long ago the log ended where a consumer is, from looks at its ends."""

import math

import pytest
from prometheus_client import Gauge

from shared.log.port import Position
from shared.observability.backlog import SECONDS, EndsSeen, _unknown_unless_told


def seen(*looks: tuple[float, dict[int, int]]) -> EndsSeen:
    found = EndsSeen()
    for moment, ends in looks:
        found.add(moment, positions(ends))
    return found


def positions(of: dict[int, int]) -> dict[int, Position]:
    return {partition: Position(position) for partition, position in of.items()}


GROWING = ((100.0, {0: 10, 1: 7}), (105.0, {0: 20, 1: 7}), (110.0, {0: 30, 1: 7}))


@pytest.mark.parametrize(
    ("at", "lag"),
    [
        ({0: 30, 1: 7}, 0),
        ({0: 35, 1: 9}, 0),  # it went on between the two questions
        ({0: 29, 1: 7}, 5),
        ({0: 20, 1: 7}, 5),
        ({0: 19, 1: 7}, 10),
        ({0: 30, 1: 6}, 10),  # the one that is furthest behind counts
        ({0: 3, 1: 7}, 10),  # at least: nobody looked before
        ({0: 30}, 10),
        ({}, 10),
    ],
)
def test_a_position_becomes_a_moment(at: dict[int, int], lag: float) -> None:
    assert seen(*GROWING).lag_seconds(110, positions(at)) == lag


def test_who_stands_still_falls_behind_by_the_second() -> None:
    ends = seen(*GROWING)
    for moment in (115, 120, 125):
        ends.add(moment, positions({0: 30, 1: 7}))
        assert ends.lag_seconds(moment, positions({0: 20, 1: 7})) == moment - 105


def test_a_log_without_partitions_is_read() -> None:
    assert seen((100, {})).lag_seconds(100, {}) == 0


def test_looks_of_an_hour_are_kept() -> None:
    ends, last = seen(*((SECONDS * look, {0: look}) for look in range(2000))), 1999
    assert ends.lag_seconds(SECONDS * last, {0: Position(1900)}) == SECONDS * 99
    assert ends.lag_seconds(SECONDS * last, {0: Position(0)}) == pytest.approx(3600, abs=SECONDS)


def test_nobody_is_told_an_old_figure() -> None:
    gauges = [Gauge(name, "Some", registry=None) for name in ("first", "second")]
    with _unknown_unless_told(*gauges) as told:
        told.extend((3, 4))
    assert [value(each) for each in gauges] == [3, 4]
    with pytest.raises(OSError, match="away"), _unknown_unless_told(*gauges):
        raise OSError("away")
    assert all(math.isnan(value(each)) for each in gauges)


def value(gauge: Gauge) -> float:
    return next(sample.value for metric in gauge.collect() for sample in metric.samples)
