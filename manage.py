#!/usr/bin/env python
"""Django's command line. Starts the embedded PostgreSQL and Redis where none are configured."""

import os
import signal
import sys
from types import FrameType

from django.core.exceptions import ImproperlyConfigured
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
    return bool(runtime.unconfigured())


def exit_orderly(number: int, _frame: FrameType | None) -> None:
    """Let SIGTERM run the exit handlers, which stop the servers."""
    sys.exit(128 + number)


def main() -> None:
    """Run the command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
    if needs_servers(sys.argv[1:]):
        signal.signal(signal.SIGTERM, exit_orderly)
        try:
            runtime.ensure_running(locations.default_data_dir(), runtime.unconfigured())
        except EmbeddedError as error:
            sys.exit(str(error))
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # A wrong setting is said in one sentence that names it, not in a traceback.
        sys.exit(str(error))


if __name__ == "__main__":
    main()
