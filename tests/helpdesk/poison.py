"""A worker with a task that kills it: `python -m tests.helpdesk.poison FOLDER` consumes `poison`.

Each start adds a line to FOLDER/starts. A killed worker's task comes back after a second here.
"""

import os
import signal
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

from helpdesk.celery import app

QUEUE, NAME = "poison", "tests.poison"


@app.task(name=NAME)
def poison(folder: str) -> None:
    with (Path(folder) / "starts").open("a") as starts:
        starts.write(f"{os.getpid()}\n")
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    # As in the Procfile, but for the queue and the time after which a lost task is found.
    options = dict(app.conf.broker_transport_options)
    app.conf.broker_transport_options = {**options, "visibility_timeout": 1}
    app.worker_main(
        [
            *("--quiet", "worker", "-n", "poison@%h", "-Q", QUEUE, "--pool", "threads"),
            *("--concurrency", "1", "--without-gossip", "--without-mingle"),
            *("--loglevel", "WARNING"),
        ]
    )
    sys.exit(0)
