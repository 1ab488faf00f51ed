"""The settings, with waits that are shorter than in earnest: a run must see their ends."""

import os
from datetime import timedelta

from helpdesk.settings import *  # noqa: F403 (all of them)

OUTBOUND_LEASE = timedelta(seconds=float(os.environ["CHAOS_LEASE_S"]))
UNCONFIRMED_GRACE = timedelta(seconds=float(os.environ["CHAOS_GRACE_S"]))
