"""`python -m benchmarks` (`make bench`): how fast the whole loop is, on this machine, in ratios.

- `place`  a temporary data directory with its own PostgreSQL and Redis, and processes in it
- `load`  sixteen connections that post webhooks as fast as they are answered
- `acks`  webhook acknowledgements per second beside a bare one-insert handler, and the draining
- `live`  webhook to WebSocket frame at 50 messages a second with 50 agents watching
- `crowd`  the same with 200 agents, one of whom never reads; what the fan-out costs
- `presence`  200 pages that look and type
- `browser`  first load, bubbles on screen, layout shift, memory after 10,000 events
- `sends`  sends per second beside a bare `requests` loop
- `generate`  an inbox of 100,000 conversations and 2,000,000 messages, the same from the same seed
- `big`, `pages`  lists, searches and a long thread beside those messages, and a hundredth of them
- `memory`  what all processes of `make run` need
- `report`  the table, and `results/latest.json`
"""
