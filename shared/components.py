"""Which papers may be asked for."""

from collections.abc import Collection, Sequence

from shared.errors import RuleViolationError


def check_missing(missing: Sequence[str], known: Collection[str] | None, *, field: str = "/missing") -> None:
    """Form 02 asks for components that the procedure knows, for each once. `known` none means any.

    Raises `RuleViolationError` that points into the list at `field`.
    """
    for index, component in enumerate(missing):
        if known is not None and component not in known:
            raise RuleViolationError(
                f"the procedure asks for no {component!r}",
                field=f"{field}/{index}",
                rule="component-unknown",
            )
        if component in missing[:index]:
            raise RuleViolationError("named twice", field=f"{field}/{index}", rule="component-repeated")
