"""Start a program so that it dies with its parent and, as root, under another user.

Run as a file, not as a module (`python -I -S launch.py PARENT_PID SIGNAL UID GID -- COMMAND…`), by
`wrap()`. It needs the standard library only and replaces itself by COMMAND, so that the process
list shows COMMAND. A separate program is used because `preexec_fn` is unsafe beside threads.

PostgreSQL refuses to run as root, and an ordinary user may not be able to reach the data directory
or the virtual environment below `/root` or a `mkdtemp` folder (mode 700). So the user is changed
but the one capability to look past file permissions is kept; nobody's folders are opened up.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_GET_SECUREBITS = 27
PR_SET_SECUREBITS = 28
SECBIT_NO_SETUID_FIXUP = 4
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
CAPABILITY_VERSION_3 = 0x20080522


def wrap(
    command: list[str],
    *,
    death_signal: signal.Signals = signal.SIGKILL,
    uid: int = -1,
    gid: int = -1,
) -> list[str]:
    """The command line that runs `command` as a child of this process, and never outlives it.

    `uid` and `gid` of -1 keep the user. Call it from the thread that then starts the process, and
    let that thread live on: Linux sends the death signal when the starting *thread* ends.
    """
    return [
        *(sys.executable, "-I", "-S", str(Path(__file__).resolve())),
        *(str(os.getpid()), str(int(death_signal)), str(uid), str(gid), "--"),
        *command,
    ]


class CapabilityHeader(ctypes.Structure):
    """`struct __user_cap_header_struct` of the kernel."""

    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class CapabilityData(ctypes.Structure):
    """`struct __user_cap_data_struct`: bit masks of 32 capabilities."""

    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def change_user(uid: int, gid: int) -> None:
    """Become `uid`, keeping what lets a process look past file permissions where we have it."""
    linux = sys.platform == "linux"
    libc = ctypes.CDLL(None, use_errno=True)
    header = CapabilityHeader(CAPABILITY_VERSION_3, 0)
    data = (CapabilityData * 2)()
    wanted = 0
    if linux:
        libc.capget(ctypes.byref(header), data)
        wanted = data[0].permitted & (1 << CAP_DAC_OVERRIDE | 1 << CAP_DAC_READ_SEARCH)
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
        # access(2), by which initdb looks for its programs, counts the capability only with this.
        bits = libc.prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) | SECBIT_NO_SETUID_FIXUP
        libc.prctl(PR_SET_SECUREBITS, bits, 0, 0, 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if linux and wanted:
        data[0].effective = data[0].permitted = data[0].inheritable = wanted
        data[1].effective = data[1].permitted = data[1].inheritable = 0
        libc.capset(ctypes.byref(header), data)
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            if wanted & 1 << capability:
                libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def main(arguments: list[str]) -> None:
    """Change user, bind our life to the parent's, and become the command."""
    parent, death_signal, uid, gid = (int(number) for number in arguments[:4])
    command = arguments[5:]
    if uid >= 0:
        change_user(uid, gid)
    if sys.platform == "linux":
        # After the change of user, which clears it.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked to be told
            sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 (no shell is the point)


if __name__ == "__main__":
    main(sys.argv[1:])
