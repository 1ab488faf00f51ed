"""The writes: each a verb, one transaction, announced on commit. The only place that changes state.

Lock order, everywhere: the conversation first, then its messages.
"""
