"""The fault suite in its short form: every fault in turn on one small system, 5 times where it is repeated.

`make faults` is the long form. What each part takes on two idle cores is said beside it.
"""

import pytest

from faults.installation import installation
from faults.suite import CONTROLS, FAULTS, IN_POSTGRES, control
from faults.trial import SHORT, trial

SEED = 20260615


async def test_nothing_is_lost_or_doubled(subtests: pytest.Subtests) -> None:
    async with installation(copies=SHORT.copies, seed=SEED) as made:
        for name in IN_POSTGRES:
            with subtests.test(name):
                row = await trial(FAULTS[name], made, SHORT)
                assert [str(finding) for finding in row.findings] == []
                assert row.injections > 0
                assert row.operations > 0


@pytest.mark.parametrize("name", CONTROLS)
async def test_a_deliberate_bug_is_found(name: str) -> None:
    verdict = await control(name, SHORT, seed=SEED)
    assert verdict.passed
