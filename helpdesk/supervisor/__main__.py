"""`python -m helpdesk.supervisor [FOLDER]`: run everything until Ctrl-C.

FOLDER holds `manage.py`, `Procfile` and `Procfile.local`; the checkout is the default. When it
cannot start it says why in one sentence and exits with status 1.
"""

import asyncio
import ctypes
import os
import signal
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from helpdesk.embedded import launch, locations
from helpdesk.embedded.errors import EmbeddedError
from helpdesk.embedded.server import prepare_data_dir
from helpdesk.supervisor import preflight
from helpdesk.supervisor.console import Console
from helpdesk.supervisor.supervisor import Supervisor


def end_with_make() -> None:
    """Have Linux end us when the `make` that started us is killed, which could not tell us."""
    if sys.platform == "linux" and os.environ.get("MAKELEVEL"):
        ctypes.CDLL(None).prctl(launch.PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


async def supervise(plan: preflight.Plan, console: Console) -> None:
    """Run the plan on the loop the supervisor's signals are bound to."""
    await Supervisor(plan, console).run()


def main() -> int:
    """The exit status."""
    end_with_make()
    console = Console()
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else locations.PROJECT_DIR
    try:
        plan = preflight.plan(folder.resolve())
        preflight.check(plan)
        prepare_data_dir(plan.data_dir)
        asyncio.run(supervise(plan, console))
    except (preflight.CannotStart, EmbeddedError, ImproperlyConfigured) as error:
        console.close()
        print(f"make run: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        console.close()
        print(f"make run: {error}.", file=sys.stderr)
        return 1
    console.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
