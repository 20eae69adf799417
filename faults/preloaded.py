"""What every process of the product loads, loaded once: one that dies is there again in a moment."""

from importlib import import_module

from shared.variables import SERVICES

for module in (
    "services.console.http_server",
    "services.console.main",
    "services.console.serve",
    "services.console.service_parts",
    "services.console.work",
    "services.console.worker_process",
    "shared.log.kafka",
    "shared.log.postgres",
    *(f"services.{service}_service.{part}" for service in SERVICES for part in ("main", "worker")),
):
    import_module(module)
