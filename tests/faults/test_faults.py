"""The fault suite in its short form: every fault in turn on one small system, 5 times where it is repeated.

`make faults` is the long form.
"""

from collections.abc import Sequence

import pytest

from faults.disks import CannotMountError
from faults.installation import Installation, installation
from faults.suite import CONTROLS, FAULTS, IN_POSTGRES, control
from faults.trial import SHORT, Fault, trial

SEED = 20260615

SHARING = [FAULTS[name] for name in IN_POSTGRES if not FAULTS[name].small_disks]
# Both at once where two workers run the tests: most of the time is spent waiting.
HALVES = SHARING[::2], SHARING[1::2]
ON_SMALL_DISKS = [FAULTS[name] for name in IN_POSTGRES if FAULTS[name].small_disks]


async def hold(fault: Fault, made: Installation) -> None:
    row = await trial(fault, made, SHORT)
    print(f"{fault.name}: {row.seconds:.0f} s")  # noqa: T201 - with --durations none of the parts is seen
    assert [str(finding) for finding in row.findings] == []
    assert row.injections > 0
    assert row.operations > 0


@pytest.mark.parametrize("half", HALVES, ids=["one half", "the other half"])
async def test_nothing_is_lost_or_doubled(half: Sequence[Fault], subtests: pytest.Subtests) -> None:
    async with installation(copies=SHORT.copies, seed=SEED) as made:
        for fault in half:
            with subtests.test(fault.name):
                await hold(fault, made)


@pytest.mark.parametrize("fault", ON_SMALL_DISKS, ids=lambda fault: fault.name)
async def test_nothing_is_lost_or_doubled_on_full_disks(fault: Fault) -> None:
    try:
        async with installation(copies=SHORT.copies, seed=SEED, small_disks=True) as made:
            await hold(fault, made)
    except CannotMountError as why:
        pytest.skip(f"nobody may mount here: {why}")


@pytest.mark.parametrize("name", CONTROLS)
async def test_a_deliberate_bug_is_found(name: str) -> None:
    verdict = await control(name, SHORT, seed=SEED)
    assert verdict.passed
