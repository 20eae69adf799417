"""Names of the environment variables that make up the settings (shared/settings.py reads them)."""

PREFIX = "MOTCUA_"
SERVICES = ("intake", "processing", "stats")


def own_prefix(service: str) -> str:
    """What the variables of one service begin with."""
    return f"{PREFIX}{service.upper()}_"


def database_variable(service: str) -> str:
    """The variable that names a service's database."""
    return f"{own_prefix(service)}DATABASE_URL"
