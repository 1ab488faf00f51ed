#!/usr/bin/env python
"""Django's command line. Starts the embedded PostgreSQL and Redis when nothing else is configured."""

import os
import signal
import sys
from types import FrameType

from django.core.management import execute_from_command_line

from helpdesk.embedded import locations, runtime
from helpdesk.embedded.errors import EmbeddedError

# These neither read nor write data.
WITHOUT_SERVERS = {
    *("collectstatic", "compilemessages", "diffsettings", "findstatic", "help", "makemessages"),
    *("spectacular", "startapp", "version"),
}


def needs_servers(arguments: list[str]) -> bool:
    """Whether the command line talks to PostgreSQL or Redis that nobody configured."""
    words = [word for word in arguments if not word.startswith("-")]
    if not words or words[0] in WITHOUT_SERVERS or {"--help", "-h", "--version"} & {*arguments}:
        return False
    if words[0] == "check" and "--database" not in arguments:
        return False
    return any(
        not os.environ.get(name) and not os.environ.get(f"{name}_FILE")
        for name in ("DATABASE_URL", "REDIS_URL")
    )


def exit_orderly(number: int, _frame: FrameType | None) -> None:
    """Let SIGTERM run the exit handlers, which stop the servers."""
    sys.exit(128 + number)


def main() -> None:
    """Run the command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
    if needs_servers(sys.argv[1:]):
        signal.signal(signal.SIGTERM, exit_orderly)
        try:
            runtime.ensure_running(locations.default_data_dir())
        except EmbeddedError as error:
            sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
