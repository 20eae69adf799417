"""As much of PromQL as our rules use, evaluated on what was scraped. No Prometheus has to be there.

Rates are those between the first and the last sample of their range, without Prometheus' extrapolation.
"""

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import promql_parser as promql
from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]
Samples = Sequence[tuple[float, float]]

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
}
_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda a, b: a / b if b else math.nan if not a or math.isnan(a) else math.inf,
}
_AGGREGATES: Mapping[str, Callable[[Sequence[float]], float]] = {"sum": sum, "max": max, "min": min}


def _per_second(samples: Samples) -> float:
    (begin, first), (end, last) = samples[0], samples[-1]
    return (last - first) / (end - begin)


_OF_RANGES: Mapping[str, Callable[[Samples], float]] = {
    "rate": _per_second,
    "increase": lambda samples: samples[-1][1] - samples[0][1],
    "changes": lambda samples: sum(a[1] != b[1] for a, b in pairwise(samples)),
    "min_over_time": lambda samples: min(value for _, value in samples),
}


class Scraped:
    """Everything that was read from processes, by moments in seconds."""

    def __init__(self) -> None:
        self._series: dict[tuple[str, Labels], list[tuple[float, float]]] = {}

    def add(self, moment: float, page: str, **target: str) -> None:
        """A page of metrics, read from `target` at `moment`."""
        for family in text_string_to_metric_families(page):
            for sample in family.samples:
                labels = frozenset({**sample.labels, **target}.items())
                self._series.setdefault((sample.name, labels), []).append((moment, sample.value))

    def record(self, name: str, moment: float, vector: Vector) -> None:
        """What a recording rule says."""
        for labels, value in vector.items():
            self._series.setdefault((name, labels), []).append((moment, value))

    def evaluate(self, expression: str, now: float) -> Vector:
        """What the expression is at `now`. Raises `NotImplementedError` for what no rule of ours uses."""
        value = self._value(promql.parse(expression), now)
        return value if isinstance(value, dict) else {frozenset(): value}

    def _value(self, node: Any, now: float) -> Vector | float:
        match node:
            case promql.NumberLiteral():
                return node.val
            case promql.ParenExpr():
                return self._value(node.expr, now)
            case promql.VectorSelector():
                return {labels: samples[-1][1] for labels, samples in self._selected(node, now, 300)}
            case promql.AggregateExpr():
                return self._aggregate(node, now)
            case promql.BinaryExpr():
                return _joined(str(node.op), self._value(node.lhs, now), self._value(node.rhs, now))
            case promql.Call():
                return self._call(node, now)
        raise NotImplementedError(str(node))

    def _call(self, node: promql.Call, now: float) -> Vector | float:
        name = node.func.name
        if name == "time":
            return now
        subject = node.args[0]
        if name in _OF_RANGES:
            of_range = _OF_RANGES[name]
            selected = self._selected(subject.vector_selector, now, subject.range.total_seconds())
            return {labels: of_range(samples) for labels, samples in selected if len(samples) > 1}
        if name == "predict_linear":
            selected = self._selected(subject.vector_selector, now, subject.range.total_seconds())
            ahead = self._value(node.args[1], now)
            assert isinstance(ahead, float)
            return {labels: s[-1][1] + ahead * _per_second(s) for labels, s in selected if len(s) > 1}
        value = self._value(subject, now)
        assert isinstance(value, dict)
        if name == "absent":
            return {} if value else {frozenset(): 1.0}
        if name == "abs":
            return {labels: abs(each) for labels, each in value.items()}
        raise NotImplementedError(name)

    def _aggregate(self, node: promql.AggregateExpr, now: float) -> Vector:
        assert node.modifier is None or node.modifier.type == promql.AggModifierType.By
        by = set(node.modifier.labels) if node.modifier else set()
        groups: dict[Labels, list[float]] = {}
        value = self._value(node.expr, now)
        assert isinstance(value, dict)
        for labels, each in value.items():
            groups.setdefault(frozenset(pair for pair in labels if pair[0] in by), []).append(each)
        return {labels: _AGGREGATES[str(node.op)](values) for labels, values in groups.items()}

    def _selected(
        self, selector: promql.VectorSelector, now: float, seconds: float
    ) -> Iterator[tuple[Labels, Samples]]:
        for (name, labels), samples in self._series.items():
            matchers = selector.matchers.matchers
            if name == selector.name and all(_fits(each, dict(labels)) for each in matchers):
                recent = [each for each in samples if now - seconds <= each[0] <= now]
                if recent:
                    yield labels, recent


def _fits(matcher: promql.Matcher, labels: Mapping[str, str]) -> bool:
    value: str = labels.get(matcher.name, "")
    wanted: str = matcher.value
    if matcher.op in (promql.MatchOp.Equal, promql.MatchOp.NotEqual):
        return (value == wanted) is bool(matcher.op == promql.MatchOp.Equal)
    return bool(re.fullmatch(wanted, value)) is bool(matcher.op == promql.MatchOp.Re)


def _at(value: Vector | float, labels: Labels) -> float:
    return value[labels] if isinstance(value, dict) else value


def _joined(op: str, left: Vector | float, right: Vector | float) -> Vector | float:
    if not isinstance(left, dict) and not isinstance(right, dict):
        return _ARITHMETIC[op](left, right)
    if op in ("and", "or"):
        assert isinstance(left, dict)
        assert isinstance(right, dict)
        if op == "and":
            return {labels: value for labels, value in left.items() if labels in right}
        return {**right, **left}
    pairs = {
        labels: (_at(left, labels), _at(right, labels))
        for labels in (left if isinstance(left, dict) else right)  # type: ignore[union-attr]  # one of them is
        if not isinstance(right, dict) or labels in right
    }
    if op in _COMPARISONS:
        return {labels: a for labels, (a, b) in pairs.items() if _COMPARISONS[op](a, b)}
    return {labels: _ARITHMETIC[op](a, b) for labels, (a, b) in pairs.items()}
