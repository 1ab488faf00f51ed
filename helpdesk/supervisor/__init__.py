"""`make run`: everything the helpdesk needs on a laptop, started, watched and ended together.

- `procfile`  what to run
- `child`  one process: start, prefix its output, restart it when it dies, end it with its children
- `console`  names, colours, and never blocking on a terminal nobody reads
- `preflight`  what is checked first, each failure one sentence
- `supervisor`  the order of things
"""
