"""T03 on Kafka: the brokers are killed in turn, and each comes back before the next goes."""

import asyncio
from random import Random

from faults.installation import Installation
from faults.trial import Fault, Injected, Scale

_LONGEST_PAUSE = 5.0


async def _kill_in_turn(made: Installation, scale: Scale) -> Injected:
    assert made.brokers is not None  # noqa: S101 - chosen for Kafka alone
    random = Random(made.seed)
    kills = 0
    for _ in range(max(1, scale.few // 3)):
        for broker in made.brokers.cluster.numbers:
            await asyncio.sleep(random.uniform(1, _LONGEST_PAUSE) / scale.haste)
            await made.brokers.kill(broker)
            await asyncio.sleep(random.uniform(1, _LONGEST_PAUSE))
            await made.brokers.restart(broker)
            kills += 1
    return Injected(kills)


BROKERS_IN_TURN = Fault("T03b", "brokers killed in turn", _kill_in_turn, needs_kafka=True)
