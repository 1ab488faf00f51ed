"""`python -m simulator` as a process: its environment, lost answers, a kill."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from simulator.config import ConfigError, read_config
from tests.simulator.driver import LENA, eventually
from tests.simulator.process import Run, running


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A simulator process with a receiver of webhooks."""
    with running(tmp_path) as run:
        yield run


@pytest.mark.processes
def test_answers_get_lost_and_a_kill_loses_nothing_that_was_saved(run: Run) -> None:
    assert run.client.post("/control/inbound", json={"from": LENA, "text": "Hi"}).json()[
        "delivered"
    ]
    run.client.post("/control/faults", json={"drop_answer": True, "count": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        run.send("verloren")
    run.client.post("/control/faults", json={"hang": True, "count": 1})
    with pytest.raises(httpx.ReadTimeout):
        run.send("stumm", timeout=0.5)
    assert run.send("gut").status_code == 200
    assert run.outbox() == {"verloren": 1, "stumm": 1, "gut": 1}
    saved = Path(run.environment["HELPDESK_DATA_DIR"]) / "simulator" / "state.json"
    eventually(lambda: saved.exists() and '"gut"' in saved.read_text())

    run.stop(kill=True)
    run.start()

    assert run.outbox() == {"verloren": 1, "stumm": 1, "gut": 1}
    assert run.send("danach").status_code == 200
    assert run.stop() in (0, -15)


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({"SIMULATOR_PORT": "many"}, "SIMULATOR_PORT"),
        ({"SIMULATOR_WEBHOOK_URL": "ftp://example.test"}, "SIMULATOR_WEBHOOK_URL"),
        ({"WHATSAPP_APP_SECRET_FILE": "/nowhere/at/all"}, "WHATSAPP_APP_SECRET"),
    ],
)
def test_a_wrong_setting_is_named(environment: dict[str, str], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        read_config(environment)


def test_settings_follow_the_helpdesks(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("geheim\n")

    config = read_config(
        {
            "PORT": "9000",
            "WHATSAPP_APP_SECRET_FILE": str(secret),
            "SIMULATOR_THROUGHPUT_PER_S": "1000000",
        }
    )

    assert config.webhook_url == "http://127.0.0.1:9000/webhooks/whatsapp/"
    assert config.app_secret == "geheim"
    assert config.throughput_per_s == 1_000_000
    assert read_config({}).access_token == "development-access-token"
