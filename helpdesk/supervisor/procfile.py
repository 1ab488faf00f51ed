"""Procfiles: one `name: command` per line."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LINE = re.compile(r"(?P<name>[a-z][a-z0-9-]*):\s*(?P<command>\S.*)")
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\}|\$(?P<bare>\w+)")


@dataclass(frozen=True)
class ProcessType:
    """One line of a Procfile, its variables not expanded yet."""

    name: str
    command: str

    def arguments(self, environment: Mapping[str, str]) -> list[str]:
        """The command's words, `$NAME` and `${NAME:-default}` replaced as a shell would."""

        def value(match: re.Match[str]) -> str:
            name = match["name"] or match["bare"]
            return environment.get(name) or match["default"] or ""

        return shlex.split(VARIABLE.sub(value, self.command))


def read(path: Path) -> list[ProcessType]:
    """The process types of a Procfile, in order; ValueError names a line that is none."""
    types = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = LINE.fullmatch(line.strip())
        if match is None:
            raise ValueError(f"{path.name} line {number} is not of the form name: command.")
        types.append(ProcessType(match["name"], match["command"]))
    return types
