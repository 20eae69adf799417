"""Which service answers which path: one table for the embedded gateway and the proxies in `deploy/`."""

from collections.abc import Mapping, Sequence

# A path stands for itself and for everything below it. Everything else is intake's.
PATHS: Mapping[str, Sequence[str]] = {
    "processing": ("/v1/cases", "/docs/processing", "/openapi/processing.json"),
    "stats": ("/v1/reports", "/v1/statistics", "/docs/statistics", "/openapi/statistics.json"),
}
OTHERWISE = "intake"

_BELOW = {name: tuple(f"{prefix}/" for prefix in prefixes) for name, prefixes in PATHS.items()}


def service_of(path: str) -> str:
    """Which service answers `path`."""
    for name, prefixes in _BELOW.items():
        if f"{path}/".startswith(prefixes):
            return name
    return OTHERWISE
