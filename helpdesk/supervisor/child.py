"""One supervised process."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from helpdesk.embedded import launch
from helpdesk.embedded.errors import EmbeddedError
from helpdesk.supervisor.console import Console

# The first restarts come at once; what keeps dying is tried less and less often.
RESTART_DELAYS_S = (0.2, 0.5, 1.0, 1.5, 3.0, 6.0, 12.0, 30.0)
# Who lived that long was well; its next death counts as the first.
HEALTHY_AFTER_S = 5.0


class Child:
    """A process that is started again whenever it ends, until `stop()`.

    `prepare` runs before every start, `stop_signal` asks it to end. Every child leads a session of
    its own, so Ctrl-C reaches the supervisor only, and its whole group can be ended with it.
    """

    def __init__(
        self,
        name: str,
        command: list[str],
        environment: Mapping[str, str],
        console: Console,
        *,
        stop_signal: signal.Signals = signal.SIGTERM,
        prepare: Callable[[], Awaitable[None]] | None = None,
        wrapped: bool = False,
        folder: Path | None = None,
    ) -> None:
        self.name = name
        # Not outliving the supervisor is built into the servers' own command lines already.
        self.command = command if wrapped else launch.wrap(command)
        self.environment = environment
        self.folder = folder
        self.console = console
        self.stop_signal = stop_signal
        self.prepare = prepare
        self.process: asyncio.subprocess.Process | None = None
        self.failures = 0
        self.stopping = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to run and restart the process."""
        self.task = asyncio.create_task(self._supervise(), name=self.name)

    async def run_once(self) -> int:
        """Run the process to its end; its exit status."""
        # A pipe of our own: asyncio's would make `wait()` wait for grandchildren that hold it open.
        read_end, write_end = os.pipe()
        output = asyncio.create_task(self._forward(read_end))
        try:
            self.process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write_end,
                stderr=asyncio.subprocess.STDOUT,
                env=self.environment,
                cwd=self.folder,
                start_new_session=True,
            )
        finally:
            os.close(write_end)
        try:
            return await self.process.wait()
        finally:
            self._signal_group(signal.SIGKILL)
            # What was written before the end is already in the pipe.
            await asyncio.wait({output}, timeout=1)
            output.cancel()

    async def stop(self, patience_s: float) -> None:
        """Ask the process to end, then insist; its group is gone afterwards."""
        self.stopping.set()
        process = self.process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(self.stop_signal)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), patience_s)
            self._signal_group(signal.SIGKILL)
        if self.task is not None:
            if process is None or process.returncode is not None:
                self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError, TimeoutError):
                await asyncio.wait_for(self.task, timeout=2)

    def line(self, text: str) -> None:
        """Overridden by who wants to look at the output."""
        self.console.line(self.name, text)

    async def _supervise(self) -> None:
        while not self.stopping.is_set():
            started = time.monotonic()
            end = await self._one_life()
            if self.stopping.is_set():
                return
            if time.monotonic() - started > HEALTHY_AFTER_S:
                self.failures = 0
            delay_s = RESTART_DELAYS_S[min(self.failures, len(RESTART_DELAYS_S) - 1)]
            self.failures += 1
            self.console.line("supervisor", f"{self.name} {end}; restarting in {delay_s:g} s")
            await asyncio.sleep(delay_s)

    async def _one_life(self) -> str:
        """Prepare, run, and say how it ended."""
        try:
            if self.prepare is not None:
                await self.prepare()
            return describe(await self.run_once())
        except OSError as error:
            return f"could not be started ({error.strerror})"
        except EmbeddedError as error:
            return f"could not be started: {error}"

    async def _forward(self, read_end: int) -> None:
        """Pass the output on, line by line, however long the lines are."""
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_end, "rb", buffering=0)
        )
        rest = b""
        try:
            while chunk := await reader.read(65536):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self.line(line.decode(errors="replace").rstrip("\r"))
            if rest:
                self.line(rest.decode(errors="replace"))
        finally:
            transport.close()

    def _signal_group(self, number: signal.Signals) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)


def describe(status: int) -> str:
    """How a process ended, in words."""
    if status < 0:
        return f"was killed ({signal.Signals(-status).name})"
    return f"ended (exit status {status})"
