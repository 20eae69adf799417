from tests.support.stats_database import stats_engine

__all__ = ["stats_engine"]
