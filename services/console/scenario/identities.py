"""The identities of the report, and how figures that are not in print follow from those that are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from services.console.scenario.figures import grouped


@dataclass(frozen=True, slots=True)
class Identity:
    """A whole and the parts that sum to it."""

    whole: str
    parts: tuple[str, ...]

    @property
    def figures(self) -> tuple[str, ...]:
        return (self.whole, *self.parts)

    def arithmetic(self, values: Mapping[str, int]) -> str:
        """The sum written out, with what it is short of or beyond the whole."""
        total = sum(values[part] for part in self.parts)
        short = values[self.whole] - total
        numbers = " + ".join(grouped(values[part]) for part in self.parts)
        line = f"{self.whole} = {' + '.join(self.parts)}: {grouped(values[self.whole])} "
        if not short:
            return f"{line}= {numbers}"
        side = "short of" if short > 0 else "beyond"
        return f"{line}≠ {numbers} = {grouped(total)}, {grouped(abs(short))} {side} it"

    def holds(self, values: Mapping[str, int]) -> bool:
        return values[self.whole] == sum(values[part] for part in self.parts)


# Leaves first: a whole is summed from its parts before it is taken for what others leave over, so that a
# break shows where the print has it.
IDENTITIES = (
    Identity("early_or_on_time", ("early", "on_time")),
    Identity("resolved", ("early_or_on_time", "late", "undated")),
    Identity("closed_without_result", ("sent_back", "withdrawn")),
    Identity("under_processing", ("in_time", "overdue", "undated_open")),
    Identity("in_progress", ("under_processing", "awaiting_supplement", "awaiting_payment")),
    Identity("received", ("received_counter", "received_online", "received_postal")),
    # Every postal dossier that reaches the desk in the period is accepted in it.
    Identity("postal_submissions", ("received_postal",)),
    Identity("postal_uses", ("postal_submissions", "postal_returns")),
    Identity("total", ("carried_over", "received")),
    Identity("total", ("resolved", "closed_without_result", "in_progress")),
)
# Where these are not in print and neither is the whole they belong to, there are none: what is short of a
# total must not disappear in them.
_NONE_UNLESS_PRINTED = {
    "awaiting_payment": "in_progress",
    "awaiting_supplement": "in_progress",
    "undated": "resolved",
    "undated_open": "under_processing",
    "overdue": "under_processing",
    "sent_back": "closed_without_result",
    "withdrawn": "closed_without_result",
}


@dataclass(frozen=True, slots=True)
class Assumption:
    """A figure that neither the print nor its arithmetic gives."""

    figure: str
    value: int
    why: str


@dataclass(slots=True)
class Ledger:
    """Every figure of the report, with where it comes from."""

    values: dict[str, int]
    derived: dict[str, str] = field(default_factory=dict)
    """Figure -> the identity that fixes it."""
    assumptions: list[Assumption] = field(default_factory=list)

    def assume(self, figure: str, value: int, why: str) -> None:
        self.values[figure] = value
        self.assumptions.append(Assumption(figure, value, why))

    def derive(self) -> None:
        """Fill in what one identity with a single unknown fixes, until nothing more follows."""
        while self._derive_one():
            pass

    def broken(self) -> list[str]:
        """The arithmetic of what cannot be: identities that do not hold, figures below zero."""
        known = [identity for identity in IDENTITIES if self.values.keys() >= set(identity.figures)]
        lines = [identity.arithmetic(self.values) for identity in known if not identity.holds(self.values)]
        lines += [
            f"{figure} would be {value} ({self.derived[figure]})"
            for figure, value in self.values.items()
            if value < 0
        ]
        return lines

    def _derive_one(self) -> bool:
        for identity in IDENTITIES:
            unknown = [figure for figure in identity.figures if figure not in self.values]
            if len(unknown) != 1:
                continue
            (figure,) = unknown
            if figure == identity.whole:
                self.values[figure] = sum(self.values[part] for part in identity.parts)
                self.derived[figure] = " + ".join(identity.parts)
            else:
                others = [part for part in identity.parts if part != figure]
                self.values[figure] = self.values[identity.whole] - sum(self.values[part] for part in others)
                self.derived[figure] = " - ".join([identity.whole, *others])
            return True
        return False


def settle(printed: Mapping[str, int]) -> Ledger:
    """All figures from those in print: derived where others fix them, assumed where nothing does.

    The ledger may be `broken`, and may lack figures where too little is in print.
    """
    ledger = Ledger(dict(printed))
    for figure, whole in _NONE_UNLESS_PRINTED.items():
        if figure not in printed and whole not in printed:
            ledger.assume(figure, 0, "not in print, so there are none")
    ledger.derive()
    for figure, guess, why in _GUESSES:
        if figure not in ledger.values and (value := guess(ledger.values)) is not None:
            ledger.assume(figure, value, why)
            ledger.derive()
    return ledger


def _part(figure: str, percent: int) -> Callable[[Mapping[str, int]], int | None]:
    return lambda values: values[figure] * percent // 100 if figure in values else None


def _none(_: Mapping[str, int]) -> int | None:
    return 0


def _postal_submissions(values: Mapping[str, int]) -> int | None:
    if "postal_uses" not in values:
        return 0
    room = values.get("received", 0) - values.get("received_online", 0) - values.get("received_counter", 0)
    least = values["postal_uses"] - values.get("resolved", 0)
    return min(max(values["postal_uses"] * 3 // 10, least), room, values["postal_uses"])


_GUESSES: tuple[tuple[str, Callable[[Mapping[str, int]], int | None], str], ...] = (
    ("overdue", _none, "not in print, so there are none"),
    ("undated_open", _none, "not in print, so there are none"),
    ("undated", _none, "not in print, so there are none"),
    ("late", _none, "not in print, so there are none"),
    ("awaiting_payment", _none, "not in print, so there are none"),
    ("awaiting_supplement", _none, "not in print, so there are none"),
    ("carried_over", _none, "not in print, so there are none"),
    ("on_time", _part("early_or_on_time", 25), "a quarter of early_or_on_time, the rest early"),
    ("sent_back", _part("closed_without_result", 60), "60 % of closed_without_result, the rest withdrawn"),
    ("received_online", _part("received", 25), "a quarter of received"),
    ("postal_submissions", _postal_submissions, "30 % of postal_uses, the rest returns of results"),
    ("postal_returns", _none, "not in print, so there are none"),
)
