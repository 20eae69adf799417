"""Whatever is sent to any call that the OpenAPI documents name, the answer is one that they name too."""

import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.console.demo_issuer import DemoGrant, mint
from services.console.embedded import EmbeddedSystem, embedded_system
from services.console.run_folder import RunFolder
from shared.schemas.lifecycle import Role

# Somebody who may do nearly everything, so that calls get beyond the question who calls.
EVERYBODY = (
    DemoGrant(Role.ADMINISTRATOR),
    DemoGrant(Role.CITIZEN),
    DemoGrant(Role.INTAKE_OFFICER, desk="H41.TTPVHCC"),
    DemoGrant(Role.CASE_OFFICER, agency="H41.SCT"),
    DemoGrant(Role.APPROVER, agency="H41.SCT"),
    DemoGrant(Role.SUPERVISOR, agency="H41.SCT"),
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
FEW = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def system() -> Iterator[EmbeddedSystem]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o711)
        with embedded_system(RunFolder(Path(name) / "run"), port=0, tell=lambda _: None) as running:
            yield running


@pytest.mark.parametrize("service", ["intake", "processing", "statistics"])
def test_every_answer_is_documented(system: EmbeddedSystem, service: str) -> None:
    schema = schemathesis.openapi.from_url(f"{system.address}/openapi/{service}.json")
    results = list(schema.get_all_operations())
    operations = [result.ok() for result in results if isinstance(result, Ok)]
    assert len(operations) == len(results) >= 7
    with requests.Session() as session:
        for operation in operations:
            _try(operation, system, session)


def _try(operation: Any, system: EmbeddedSystem, session: requests.Session) -> None:
    token = mint(system.folder, "everybody", *EVERYBODY)

    @FEW
    @given(case=operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def answers(case: Any) -> None:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid.uuid4().hex}
        case.call_and_validate(
            base_url=system.address, headers=headers, checks=CHECKS, session=session, timeout=20
        )

    answers()
