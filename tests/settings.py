"""The helpdesk's settings in a test run: the environment is set up first, then read as always.

`pytest` names this module as Django's settings, so this is the first thing that happens, in the
controlling process and in every xdist worker.
"""

from tests import servers

servers.set_up_environment()

from helpdesk.settings import *  # noqa: E402, F403 (the environment must be ready before)

# Fast and safe here only: hashing a password for production takes 50 ms on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
