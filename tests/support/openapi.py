"""The services' OpenAPI documents, without anything behind them."""

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from fastapi import FastAPI

from services.console.service_parts import applications, settings_classes

_NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


def idle_applications() -> Mapping[str, FastAPI]:
    """The applications, never entered."""
    told = {
        "database_url": _NOWHERE,
        "log_url": _NOWHERE,
        "object_store_url": Path(gettempdir()).as_uri(),
        "token_issuer": "urn:nobody",
        "token_keys": "nowhere.json",
    }
    sealed = {**told, "sealing_key": "a sealing key that is long enough for tests"}
    return applications(
        {
            name: kind.model_validate(sealed if "sealing_key" in kind.model_fields else told)
            for name, kind in settings_classes().items()
        }
    )


def documents() -> Mapping[str, dict[str, Any]]:
    """By service."""
    return {name: app.openapi() for name, app in idle_applications().items()}


def without_security(document: dict[str, Any]) -> dict[str, Any]:
    """The document for a client that adds its tokens itself and would not notice one made up."""
    bare = deepcopy(document)
    del bare["components"]["securitySchemes"]
    for path in bare["paths"].values():
        for operation in path.values():
            operation.pop("security", None)
    return bare
