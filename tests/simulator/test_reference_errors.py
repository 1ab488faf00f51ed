"""Every error of the reference's section 12 can be ordered, by number and by name."""

import pytest

from simulator.error_catalog import CATALOG, NAMES, SUBCODES, code_of
from tests.simulator.driver import Phone

REFERENCE = {
    0: 401, 1: 400, 2: 503, 3: 500, 4: 400, 10: 403, 33: 400, 100: 400, 190: 401, 200: 403,
    368: 403, 80007: 400, 130403: 0, 130429: 400, 130472: 400, 130497: 403, 130501: 0, 131000: 500,
    131005: 403, 131008: 400, 131009: 400, 131016: 500, 131020: 0, 131021: 400, 131026: 400,
    131030: 400, 131031: 403, 131037: 0, 131041: 0, 131042: 400, 131044: 0, 131045: 500,
    131047: 400, 131048: 400, 131049: 400, 131050: 400, 131051: 400, 131052: 400, 131053: 400,
    131055: 400, 131056: 400, 131057: 500, 131059: 0, 131060: 0, 131062: 400, 131063: 0, 131064: 0,
    131201: 0, 131215: 0, 132000: 400, 132001: 404, 132005: 400, 132007: 400, 132008: 0,
    132012: 400, 132015: 400, 132016: 400, 132018: 400, 132068: 400, 132069: 400, 133000: 500,
    133004: 503, 133005: 400, 133006: 400, 133008: 400, 133009: 400, 133010: 400, 133015: 400,
    133016: 400, 134011: 0, 134100: 400, 134101: 400, 134102: 500, 135000: 400, 137000: 0,
    138000: 0, 138018: 0, 139000: 0, 139004: 0, 139100: 0, 139103: 0, 147001: 0, 147005: 0,
    2388012: 400, 2388019: 400, 2388040: 400, 2388047: 400, 2388072: 400, 2388073: 400,
    2388293: 400, 2388299: 400, 2494100: 400, 2593107: 400, 2593108: 400, 2593109: 400,
    200005: 400, 200007: 400, 1752041: 400,
}  # fmt: skip


def test_every_code_of_the_reference_is_known_with_its_status() -> None:
    """A status of 0 stands where the reference has none."""
    wrong = {
        code: CATALOG.get(code)
        for code, status in REFERENCE.items()
        if code not in CATALOG or (status and CATALOG[code][0] != status)
    }
    assert wrong == {}


def test_names_lead_to_one_code_each() -> None:
    assert len(set(NAMES.values())) == len(NAMES)
    assert all(code_of(name) == code for code, name in NAMES.items())


@pytest.mark.parametrize("name", ["pair_rate_limit", "re_engagement", "Template is paused", "190"])
def test_a_name_a_title_and_digits_are_understood(name: str) -> None:
    assert code_of(name) in {131056, 131047, 132015, 190}


def test_each_can_be_answered_and_each_can_be_the_failure_of_a_message(phone: Phone) -> None:
    phone.control("faults", pair_rate=False, throughput_per_s=0, status_delay_s=0)
    phone.writes()
    wamids = {}
    for code, name in NAMES.items():
        phone.control("faults", error_code=name, count=1)
        error = phone.send().json()["error"]
        shown = error["error_subcode"] if code in SUBCODES else error["code"]
        assert shown == code
        assert error["fbtrace_id"]
        phone.control("faults", fail_code=code, count=1)
        wamids[phone.sent()] = code
    for wamid, code in wamids.items():
        told = phone.wait_for(wamid, "failed")["errors"][0]
        assert told["code"] == code
        assert told["title"] == told["message"]
        assert told["error_data"]["details"]
