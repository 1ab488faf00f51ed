"""Database, Redis, migrations, demo data, and then everything of the Procfile, watched."""

import asyncio
import contextlib
import fcntl
import http.client
import signal
import sys
from typing import IO

from helpdesk.embedded import runtime
from helpdesk.embedded.server import Server, prepare_data_dir, remove_socket_dir
from helpdesk.supervisor import procfile, stamp
from helpdesk.supervisor.child import Child, describe
from helpdesk.supervisor.console import Console
from helpdesk.supervisor.preflight import CannotStart, Plan

# Together with the servers' share they stay below the 10 s that Ctrl-C may take.
PROCESS_PATIENCE_S = 3.5
SERVER_PATIENCE_S = 4.5
READY_PATIENCE_S = 60.0
LOCK_NOTICE_S = 1.0


class OneShot(Child):
    """A command that runs to its end before the rest starts; keeps the login lines it prints."""

    def __init__(self, name: str, command: list[str], plan: Plan, console: Console) -> None:
        super().__init__(name, command, plan.environment(), console, folder=plan.project_dir)
        self.logins: list[str] = []

    def line(self, text: str) -> None:
        """Hold back the login lines: they belong below the addresses."""
        if text.startswith("login "):
            self.logins.append(text)
        else:
            super().line(text)


class Supervisor:
    """Runs a plan until it is told to stop."""

    def __init__(self, plan: Plan, console: Console) -> None:
        self.plan = plan
        self.console = console
        self.servers: list[Server] = [
            runtime.KINDS[kind](plan.data_dir) for kind in sorted(plan.embedded)
        ]
        self.server_children: list[Child] = []
        self.children: list[Child] = []
        self.types = procfile.read(plan.project_dir / "Procfile")
        self.local_types = (
            procfile.read(plan.project_dir / "Procfile.local") if plan.with_simulator else []
        )
        console.width = max(len(each.name) for each in (*self.types, *self.local_types))
        self.one_shot: OneShot | None = None
        self.stop_asked = asyncio.Event()

    async def run(self) -> None:
        """Start everything, wait for the signal, end everything.

        CannotStart or EmbeddedError, one sentence, when it cannot begin; nothing is left running.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.stop_asked.set)
        work = asyncio.create_task(self._start_and_watch())
        stop = asyncio.create_task(self.stop_asked.wait())
        try:
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
            if self.stop_asked.is_set():
                self.console.line("supervisor", "stopping")
                work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
        finally:
            stop.cancel()
            await self._stop_everything()

    async def _start_and_watch(self) -> None:
        plan = self.plan
        with contextlib.ExitStack() as locks:
            lock = locks.enter_context(runtime.open_lock(plan.data_dir, runtime.SUPERVISOR_LOCK))
            if not runtime.try_lock(lock):
                raise CannotStart(
                    f"Another `make run` already works in {plan.data_dir}; "
                    "end it or choose another HELPDESK_DATA_DIR."
                )
            await self._start_servers()
            if already := await asyncio.to_thread(stamp.is_set_up, plan):
                self._start_processes(self.types)
            logins = await self._set_up()
            if not already:
                self._start_processes(self.types)
            # The simulator begins with what set_up wrote for it.
            self._start_processes(self.local_types)
            await self._announce(logins)
            # The lock is ours until the last moment.
            await asyncio.Event().wait()

    async def _start_servers(self) -> None:
        """Start PostgreSQL and Redis as our own children, when no `manage.py` keeps them."""
        if not self.servers:
            return
        prepare_data_dir(self.plan.data_dir)
        with runtime.open_lock(self.plan.data_dir, runtime.USERS_LOCK) as users:
            await self._wait_for(users)
            for server in self.servers:
                await asyncio.to_thread(server.prepare)
                child = Child(
                    server.name.lower(),
                    server.command(),
                    server.environment(),
                    self.console,
                    stop_signal=server.stop_signal,
                    prepare=lambda server=server: asyncio.to_thread(server.prepare),  # type: ignore[misc]
                    wrapped=True,
                )
                self.server_children.append(child)
                child.start()
            for server in self.servers:
                await asyncio.to_thread(server.wait_until_ready)

    async def _wait_for(self, users: IO[bytes]) -> None:
        """Wait until no `manage.py` uses the servers its keeper runs."""
        waited_s = 0.0
        while not runtime.try_lock(users, fcntl.LOCK_EX):
            if waited_s == LOCK_NOTICE_S:
                self.console.line("supervisor", "waiting for a manage.py command to end")
            await asyncio.sleep(0.25)
            waited_s += 0.25

    async def _set_up(self) -> list[str]:
        """Migrate, and fill in demo data; the login lines to show."""
        manage = [sys.executable, str(self.plan.project_dir / "manage.py"), "set_up"]
        command = [*manage, "--demo"] if self.plan.with_demo else manage
        self.one_shot = OneShot("set_up", command, self.plan, self.console)
        status = await self.one_shot.run_once()
        if status != 0:
            raise CannotStart(f"set_up {describe(status)}; its output above says why.")
        await asyncio.to_thread(stamp.stamp, self.plan)
        return self.one_shot.logins

    def _start_processes(self, types: list[procfile.ProcessType]) -> None:
        environment = self.plan.environment()
        for process_type in types:
            command = process_type.arguments(environment)
            child = Child(
                process_type.name,
                command,
                environment,
                self.console,
                folder=self.plan.project_dir,
            )
            self.children.append(child)
            child.start()

    async def _announce(self, logins: list[str]) -> None:
        """Print addresses and logins when everything is ready, or when patience ends."""
        deadline = asyncio.get_running_loop().time() + READY_PATIENCE_S
        while problem := await asyncio.to_thread(self._problem):
            if asyncio.get_running_loop().time() > deadline:
                self.console.line("supervisor", f"still not ready: {problem}")
                break
            await asyncio.sleep(0.2)
        base = f"http://127.0.0.1:{self.plan.port}/"
        self.console.plain("")
        self.console.plain(f"Inbox      {base}")
        self.console.plain(f"Admin      {base}admin/")
        self.console.plain(f"API        {base}api/docs/")
        if self.plan.with_simulator:
            self.console.plain(f"Simulator  http://127.0.0.1:{self.plan.simulator_port}/")
        for login in logins:
            self.console.plain(login)
        self.console.plain("Ctrl-C ends everything.")

    def _problem(self) -> str:
        """Why not everything answers yet; empty when it does."""
        problem = not_ready(self.plan.port, "/readyz")
        if not problem and self.plan.with_simulator:
            problem = not_ready(self.plan.simulator_port, "/")
        return problem

    async def _stop_everything(self) -> None:
        """First those who use the servers, then the servers; all of them within 10 s."""
        users: list[Child] = [*self.children, *([self.one_shot] if self.one_shot else [])]
        await asyncio.gather(*(child.stop(PROCESS_PATIENCE_S) for child in users))
        await asyncio.gather(*(child.stop(SERVER_PATIENCE_S) for child in self.server_children))
        if self.server_children:
            remove_socket_dir(self.plan.data_dir)


def not_ready(port: int, path: str) -> str:
    """Why `path` does not answer 200 yet; empty when it does."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        response = connection.getresponse()
        body = response.read(500).decode(errors="replace")
        ready = response.status == http.client.OK
        return "" if ready else f"port {port}: {response.status} {body}"
    except OSError as error:
        return f"port {port}: {error}"
    except http.client.HTTPException as error:
        return f"port {port}: {error!r}"
    finally:
        connection.close()
