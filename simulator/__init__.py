"""A WhatsApp that runs on one's own machine: the Cloud API, its webhooks, and phones to play with.

It stands outside the helpdesk: it imports none of its rooms and speaks HTTP only, as Meta does.
"""
