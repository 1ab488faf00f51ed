"""`python -m benchmarks` (`make bench`): how fast the whole loop is, on this machine, in ratios.

- `place`  a temporary data directory with its own PostgreSQL and Redis, and processes in it
- `load`  sixteen connections that post webhooks as fast as they are answered
- `acks`  webhook acknowledgements per second beside a bare one-insert handler, and the draining
- `live`  webhook to WebSocket frame at 50 messages a second with 50 agents watching
- `sends`  sends per second beside a bare `requests` loop
- `memory`  what all processes of `make run` need
- `report`  the table, and `results/latest.json`
"""
