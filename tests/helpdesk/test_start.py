"""What a process loads when it starts; each has a share of two processors."""

import os
import subprocess
import sys

import pytest

from helpdesk.embedded import locations

# The program's name decides: `celery` is a worker or beat.
LOADS = """
import sys
sys.argv[0] = {program!r}
import django
from helpdesk.celery import app
django.setup()
app.loader.import_default_modules()
import gc
print(gc.isenabled(), *(name in sys.modules for name in {modules!r}))
from django.contrib import admin
import helpdesk.urls
print(len(admin.site._registry) > 5)
"""


def printed(code: str) -> str:
    """What a fresh Python prints."""
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=locations.PROJECT_DIR,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
            "CELERY_SKIP_CHECKS": "true",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.mark.parametrize(("program", "has_admin"), [("celery", False), ("manage.py", True)])
def test_a_worker_loads_the_admins_pages_only_when_it_needs_addresses(program, has_admin):
    modules = ("conversations.admin", "helpdesk.urls", "daphne.server")

    words = printed(LOADS.format(program=program, modules=modules)).split()

    assert words == ["True", str(has_admin), "False", "False", "True"]


def test_the_supervisor_loads_neither_celery_nor_the_settings():
    code = "import sys, helpdesk.supervisor.__main__; print(*(n in sys.modules for n in {!r}))"

    assert printed(code.format(("celery", "helpdesk.settings"))) == "False False"
