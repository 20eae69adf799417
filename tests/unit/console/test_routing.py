"""Which service answers which path."""

import pytest

from services.console.routing import service_of
from services.console.service_parts import application, settings_classes
from shared.variables import SERVICES


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/v1/dossiers", "intake"),
        ("/v1/dossiers/H41.SYT-230515-0001/acceptance", "intake"),
        ("/v1/cases", "processing"),
        ("/v1/cases/H41.SYT-230515-0001/resolution", "processing"),
        ("/v1/caseswork", "intake"),
        ("/v1/reports", "stats"),
        ("/v1/statistics/live", "stats"),
        ("/nowhere", "intake"),
    ],
)
def test_the_path_decides(path: str, service: str) -> None:
    assert service_of(path) == service


@pytest.mark.parametrize("service", SERVICES)
def test_every_path_of_a_service_leads_to_it(service: str) -> None:
    app = application(settings_classes()[service].model_construct())
    paths = {*app.openapi()["paths"], app.docs_url, app.openapi_url}
    assert len(paths) > 3
    assert {path for path in paths if service_of(path) != service} == set()
