from tests.integration.stats_service.live_worker import live
from tests.support.stats_database import stats_engine

__all__ = ["live", "stats_engine"]
