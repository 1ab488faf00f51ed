"""Whether `set_up` has anything to do, known without loading Django.

`set_up` runs at every start. Usually it changes nothing, and then the processes may start beside
it instead of after it.
"""

import hashlib
from pathlib import Path

import psycopg

from helpdesk.embedded import locations
from helpdesk.supervisor.preflight import Plan

APPLIED = "SELECT app, name FROM django_migrations ORDER BY app, name"


def fingerprint(plan: Plan) -> str:
    """What an embedded database was set up with and what there is to set up; empty if unknown."""
    if "postgres" not in plan.embedded:
        return ""
    try:
        with psycopg.connect(locations.database_url(plan.data_dir)) as connection:
            applied = connection.execute(APPLIED).fetchall()
    except psycopg.Error:
        return ""
    ours = sorted(str(path) for path in plan.project_dir.glob("*/migrations/*.py"))
    lock = plan.project_dir / "requirements.txt"
    packages = hashlib.sha256(lock.read_bytes() if lock.exists() else b"").hexdigest()
    facts = repr((applied, ours, packages, plan.with_demo))
    return hashlib.sha256(facts.encode()).hexdigest()


def stamp_file(plan: Plan) -> Path:
    """Where the fingerprint of the last complete `set_up` is kept."""
    return plan.data_dir / "set_up.stamp"


def is_set_up(plan: Plan) -> bool:
    """Whether nothing changed since `set_up` ran to its end on this database."""
    try:
        stamped = stamp_file(plan).read_text(encoding="utf-8")
    except OSError:
        return False
    return stamped != "" and stamped == fingerprint(plan)


def stamp(plan: Plan) -> None:
    """Remember that `set_up` ran to its end."""
    stamp_file(plan).write_text(fingerprint(plan), encoding="utf-8")
