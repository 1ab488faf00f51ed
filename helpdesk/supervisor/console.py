"""Output of many processes on one terminal: names, colours, whole lines."""

import os
import queue
import sys
import threading

COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)
LONGEST_QUEUE = 20_000
CLOSE_TIMEOUT_S = 1.0


class Console:
    """Writes lines from its own thread: a reader that stopped reading must not stop the rest.

    When more lines wait than `LONGEST_QUEUE`, new ones are dropped.
    """

    def __init__(self) -> None:
        self.colourful = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self.width = 0
        self.numbers: dict[str, int] = {}
        self.lines: queue.Queue[str | None] = queue.Queue(LONGEST_QUEUE)
        self.writer = threading.Thread(target=self._write, daemon=True)
        self.writer.start()

    def line(self, name: str, text: str) -> None:
        """One line of the process `name`."""
        number = self.numbers.setdefault(name, len(self.numbers))
        self.width = max(self.width, len(name))
        label = f"{name:<{self.width}} | "
        if self.colourful:
            label = f"\033[{COLOURS[number % len(COLOURS)]}m{label}\033[0m"
        self.plain(label + text)

    def plain(self, text: str) -> None:
        """One line as it is, for people and programs that look for it."""
        try:
            self.lines.put_nowait(text)
        except queue.Full:
            return

    def close(self) -> None:
        """Write what waits, if somebody reads it."""
        try:
            self.lines.put_nowait(None)
        except queue.Full:
            return
        self.writer.join(CLOSE_TIMEOUT_S)

    def _write(self) -> None:
        while (line := self.lines.get()) is not None:
            try:
                print(line, flush=True)
            except (BrokenPipeError, ValueError):
                # Nobody listens any more; the processes go on.
                continue
