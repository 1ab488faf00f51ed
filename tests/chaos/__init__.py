"""Chaos: everything goes wrong at once, and afterwards every message is where it belongs.

`python -m tests.chaos --help`, or `make chaos`. It starts a helpdesk of its own, has customers and
agents write for some minutes while the simulator plays Meta at its worst and processes are killed,
and then compares what both sides believe.
"""
