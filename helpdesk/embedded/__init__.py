"""PostgreSQL and Redis from Python wheels, so that a checkout runs on a bare machine.

- `locations`  where the servers of a data directory listen; pure, safe to import anywhere
- `postgres`, `redis`  how one server is prepared, started, asked and stopped
- `launch`  the little program each server is started through (user, death signal)
- `runtime`  "make sure they run while I do", shared by all `manage.py` processes
- `keeper`  the background process that `runtime` starts when nobody else runs the servers
"""
