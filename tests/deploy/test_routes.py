"""Every proxy hands a path to the service whose it is."""

from services.console.cluster.proxy_pages import PAGES
from services.console.routing import OTHERWISE, PATHS, service_of
from shared.variables import SERVICES
from tests.support.deployment import ROOT, of_kind

ASKED = [
    "/v1/dossiers",
    "/v1/dossiers/H41.SYT-230515-0001",
    "/v1/catalogue/procedures",
    "/v1/caseswork",
    "/docs/intake",
    "/docs/assets/swagger-ui.css",
    "/openapi/intake.json",
    *(path + more for paths in PATHS.values() for path in paths for more in ("", "/below/it")),
]


def test_the_configurations_of_haproxy_are_current() -> None:
    for name, page in PAGES.items():
        assert (ROOT / name).read_text() == page(), "run `make docs`"


def ingress_routes() -> dict[str, str]:
    (ingress,) = of_kind("Ingress").values()
    (rule,) = ingress["spec"]["rules"]
    assert {each["pathType"] for each in rule["http"]["paths"]} == {"Prefix"}
    return {each["path"]: each["backend"]["service"]["name"] for each in rule["http"]["paths"]}


def by_ingress(path: str) -> str | None:
    """As the API of Kubernetes says: element by element, the longest wins."""
    routes = ingress_routes()
    fitting = [each for each in routes if path == each or path.startswith(f"{each}/")]
    return routes[max(fitting, key=len)] if fitting else None


def test_the_ingress_agrees_with_the_routing_table() -> None:
    assert {path: by_ingress(path) for path in ASKED} == {path: f"{service_of(path)}-api" for path in ASKED}


def test_the_ingress_shows_nothing_of_single_processes() -> None:
    assert {by_ingress(path) for path in ("/livez", "/readyz", "/metrics")} == {None}


def test_every_route_leads_to_a_service_that_exists() -> None:
    assert set(ingress_routes().values()) == {f"{name}-api" for name in SERVICES} == set(of_kind("Service"))
    assert OTHERWISE in SERVICES
