"""What the journal forgets."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

# A little at a time: nobody waits behind a large deletion.
_PRUNE = text("""
DELETE FROM idempotency_key WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM idempotency_key WHERE created_at < now() - CAST(:age AS interval) LIMIT 5000))
""")


async def prune_idempotency_keys(engine: AsyncEngine, age: timedelta) -> None:
    """Forget up to 5,000 keys older than `age` (system time): from then on they name new requests."""
    async with engine.begin() as connection:
        await connection.execute(_PRUNE, {"age": age})
