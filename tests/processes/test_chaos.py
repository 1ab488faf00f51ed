"""The chaos suite, short: `make chaos` is the long one."""

import pytest

from tests.chaos.plan import Options, draw
from tests.chaos.run import run

pytestmark = pytest.mark.processes
SHORT = Options(
    inbound=300,
    outbound=80,
    minutes=0.6,
    kill_every_s=4,
    lease_s=15,
    grace_s=5,
    timeout_s=4,
    settle_s=120,
)


@pytest.mark.timeout(300)
def test_nothing_is_lost_or_doubled_while_everything_goes_wrong():
    verdict = run(SHORT)

    assert verdict.holds, verdict.table + "\n" + verdict.log[-3000:]


def test_the_same_seed_plans_the_same_run_and_another_one_another():
    assert draw(SHORT) == draw(SHORT)
    assert draw(SHORT) != draw(Options(inbound=300, outbound=80, minutes=0.6, seed=2))
