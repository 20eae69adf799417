"""Results that go to the citizen online: they go when their decision can be undone no more."""

from services.processing_service.application.acts import CaseActs
from services.processing_service.application.intents import hand_over
from services.processing_service.application.ports import CaseStore
from shared.clock import Clock
from shared.schemas.lifecycle import HandOverMeans

_BATCH = 200


class HandOverOnline:
    """The timer of online results."""

    def __init__(self, *, store: CaseStore, acts: CaseActs, clock: Clock) -> None:
        self._store = store
        self._acts = acts
        self._clock = clock

    async def __call__(self) -> int:
        """How many went; call again until none."""
        codes = await self._store.hand_overs_due(self._clock.now(), _BATCH)
        return len(await self._acts.perform_as_system(codes, hand_over(HandOverMeans.ONLINE, None)))
