"""The child's side: limits first, then one action on stdin's file, then JSON on stdout."""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable, Mapping
from typing import BinaryIO

Result = dict[str, object]
# Reads the file, may write another one, answers with what it found.
Action = Callable[[BinaryIO, BinaryIO], Result]

CPU_S = 40
MEMORY = 2 * 1024**3
LARGEST_OUTPUT = 64 * 1024**2


class Undecodable(Exception):
    """The file is not what it seems, or more than we take; the text is a code for the parent."""


def run(actions: Mapping[str, Action]) -> None:
    """`python -m conversations.decoding.X ACTION OUTPUT_FD`, the file to read on stdin."""
    _limit()
    action, output = sys.argv[1], int(sys.argv[2])
    with os.fdopen(0, "rb", closefd=False) as source, os.fdopen(output, "wb") as target:
        try:
            result = actions[action](source, target)
        except Undecodable as error:
            result = {"error": str(error)}
        except MemoryError:
            result = {"error": "too_much_memory"}
        except Exception as error:  # noqa: BLE001  decoders raise anything; the name is enough
            result = {"error": type(error).__name__}
    sys.stdout.write(json.dumps(result))


def _limit() -> None:
    _lower(resource.RLIMIT_CPU, CPU_S)
    _lower(resource.RLIMIT_FSIZE, LARGEST_OUTPUT)
    _lower(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":  # elsewhere address space says nothing of memory
        _lower(resource.RLIMIT_AS, MEMORY)


def _lower(kind: int, value: int) -> None:
    _soft, hard = resource.getrlimit(kind)
    limit = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (limit, limit))
