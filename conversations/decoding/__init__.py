"""Decoders of pictures, sound and video, run as processes of their own.

A file from a stranger is opened by large C libraries: a crash, a bomb or an endless loop must cost
one child with limits, never a worker or the web server. Nothing here imports Django; the parent's
side is `conversations/services/decoder.py`.
"""
