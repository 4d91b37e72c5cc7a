"""The process that every execution is a copy of. It imports the heavy libraries once, never runs user code, and does
nothing but fork, kill and report."""

from __future__ import annotations

import dataclasses
import gc
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from coderunner.sandbox import hugepages, identity, jail, landlock, limits, linux, outfit, root, seccomp, syscalls, wire
from coderunner.sandbox.layers import LayerError, layer
from coderunner.sandbox.outfit import Outfit

SETUP_FAILED = 70
# Room for the libraries that a cell of an environment loads for itself.
_LIBRARIES = 512 << 20


@dataclass(frozen=True)
class Config:
    """What the service tells the zygote at its start."""

    root: str
    without: frozenset[str]
    memory_cgroup: bool
    outfit: Outfit


def main(control_fd: int) -> None:
    """Live until the service goes away."""
    control = socket.socket(fileno=control_fd)
    received = wire.receive(control)
    if received is None:
        return
    message, _ = received
    config = Config(
        root=message["root"],
        without=frozenset(message["without"]),
        memory_cgroup=message["memory_cgroup"],
        outfit=outfit.read(message["outfit"]),
    )
    linux.die_with_parent()
    try:
        around = _settle(config)
    except LayerError as error:
        wire.send(control, {"event": "refused", "layer": error.layer, "reason": error.reason})
        return
    _load(config.outfit)
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        wire.send(
            control, {"event": "refused", "layer": "zygote", "reason": f"a library started {threads - 1} threads"}
        )
        return
    wire.send(control, {"event": "ready", "pid": _pid(around), "landlock_abi": around.landlock_abi})
    late = config.outfit.late
    around = dataclasses.replace(around, base_data=limits.data_bytes() + (_LIBRARIES if late else 0))
    # matplotlib lets go of open fonts in a child, which only an ordinary fork tells it.
    fork = _refreshed(os.fork if config.outfit.charts else linux.fork) if not late else linux.fork
    program = seccomp.build(config.memory_cgroup, config.outfit.egress, config.outfit.programs)
    try:
        _Loop(control, around, program, fork).run()
    except (BrokenPipeError, ConnectionResetError):
        return  # the service is gone


def _settle(config: Config) -> jail.Surroundings:
    """Move into the outer jail: own namespaces, with the tree for the executions prepared."""
    if not syscalls.supported():
        raise LayerError("seccomp", f"the system calls of {syscalls.MACHINE} are not known here")
    privileged = linux.has_capability(linux.CAP_SYS_ADMIN)
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    skip = config.without
    uid, gid = os.geteuid(), os.getegid()
    if not privileged and "user_namespace" not in skip:
        with layer("user_namespace"):
            linux.unshare(linux.CLONE_NEWUSER)
            identity.map_ids(proc, 0, uid, gid)
    if "pid_namespace" not in skip:
        with layer("pid_namespace"):
            linux.unshare(linux.CLONE_NEWPID)
        _continue_in_child()
    if "mount_namespace" not in skip:
        with layer("mount_namespace"):
            linux.unshare(linux.CLONE_NEWNS)
            root.build(config.root, config.outfit)
    if "network_namespace" not in skip:
        with layer("network_namespace"):
            linux.unshare(linux.CLONE_NEWNET)
    if "uts_namespace" not in skip:
        with layer("uts_namespace"):
            linux.unshare(linux.CLONE_NEWUTS)
            socket.sethostname(jail.HOST)
    return jail.Surroundings(
        root=config.root,
        proc=proc,
        base_data=0,
        privileged=privileged,
        landlock_abi=landlock.abi(),
        without=skip,
        outfit=config.outfit,
    )


def _continue_in_child() -> None:
    """Only a child is inside a new pid namespace. It goes on as its first process: when that dies, all in it die."""
    child = os.fork()
    if child == 0:
        linux.die_with_parent()
        return
    linux.close_all_except([2])
    _, status = os.waitpid(child, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _refreshed(fork: Callable[[], int]) -> Callable[[], int]:
    """Fork, with random numbers that no other fork has."""
    from coderunner.runtime import runner

    def refreshed() -> int:
        runner.reseed()
        return fork()

    return refreshed


def _load(wanted: Outfit) -> None:
    if not wanted.late:
        from coderunner.runtime import preload

        preload.load(wanted.charts)
    gc.collect()
    gc.freeze()
    hugepages.collapse()


class _Loop:
    """Serves the service's requests, one at a time."""

    def __init__(
        self,
        control: socket.socket,
        around: jail.Surroundings,
        program: bytes,
        fork: Callable[[], int],
    ) -> None:
        self._control = control
        self._around = around
        self._fork = fork
        self._filter = program
        self._children: dict[int, int] = {}  # pid → execution
        self._home = os.open("/proc/thread-self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)

    def run(self) -> None:
        wake, wakeup = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(wake, select.POLLIN)
        while True:
            ready = {fd for fd, _ in poll.poll()}
            if wake in ready:
                os.read(wake, 4096)
                self._reap()
            if self._control.fileno() in ready and not self._serve():
                return

    def _serve(self) -> bool:
        received = wire.receive(self._control)
        if received is None:
            return False
        message, fds = received
        if message["op"] == "start":
            self._start(message, fds)
        elif message["op"] == "kill":
            for pid, number in self._children.items():
                if number == message["id"]:
                    _kill(pid)
        return True

    def _start(self, message: dict[str, Any], fds: list[int]) -> None:
        isolate = self._around.has("pid_namespace")
        if isolate:
            linux.unshare(linux.CLONE_NEWPID)
        pid = self._fork()
        if pid == 0:
            _execute(self._around, self._filter, message, fds)
        if isolate:
            linux.setns(self._home, linux.CLONE_NEWPID)
        wire.close(fds)
        self._children[pid] = message["id"]

    def _reap(self) -> None:
        """Report the executions that have ended: by then nothing of their process trees is left."""
        while self._children:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            number = self._children.pop(pid, None)
            if number is None:
                continue
            wire.send(
                self._control,
                {
                    "event": "exit",
                    "id": number,
                    "code": os.waitstatus_to_exitcode(status),
                    "cpu_ms": (usage.ru_utime + usage.ru_stime) * 1000,
                    "peak_kib": usage.ru_maxrss,
                },
            )


def _pid(around: jail.Surroundings) -> int:
    """This process as the service knows it: by its number outside of all namespaces made here."""
    return int(os.readlink("self", dir_fd=around.proc))


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
        # Without a pid namespace the group is the best there is.
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _import_late(around: jail.Surroundings) -> None:
    """Let this process import from an environment, and the rest of our own from where it is in the jail."""
    packages = around.outfit.packages
    if around.has("mount_namespace"):
        packages = root.PACKAGES
        for name in ("coderunner", "coderunner.sandbox"):
            sys.modules[name].__path__ = [f"{root.SERVICE}/{name.replace('.', '/')}"]
    if around.outfit.packages:
        # After the standard library, before what the interpreter comes with.
        sys.path.insert(_own_packages(), packages)


def _own_packages() -> int:
    for index, entry in enumerate(sys.path):
        if os.path.basename(entry) in ("site-packages", "dist-packages"):
            return index
    return len(sys.path)


def _execute(around: jail.Surroundings, program: bytes, message: dict[str, Any], fds: list[int]) -> NoReturn:
    """The child's whole life. It never returns into the zygote's loop."""
    status = SETUP_FAILED
    try:
        channel, out, err = fds[:3]
        pid = _pid(around)
        os.dup2(out, 1)
        os.dup2(err, 2)
        end = socket.socket(fileno=channel)
        cell = jail.Cell(limits=limits.Limits(**message["limits"]), owner=message["owner"], job=message["job"])
        try:
            door = jail.enter(around, cell, [channel], fds[3:])
            given = []
            if around.has("seccomp"):
                with layer("seccomp"):
                    given = [seccomp.install(program)]
        except LayerError as error:
            wire.send(end, {"event": "refused", "layer": error.layer, "reason": error.reason})
            os._exit(SETUP_FAILED)
        told = {"event": "jailed", "pid": pid, "filter": bool(given), "door": door is not None}
        if door is not None:
            given.append(door.detach())
        wire.send(end, told, given)
        wire.close(given)
        status = _serve(around, end, cell.job, message["warm"])
    except BaseException:  # noqa: BLE001 - nothing may escape into the loop of the parent
        traceback.print_exc()
    finally:
        os._exit(status)


def _serve(around: jail.Surroundings, end: socket.socket, job: str, warm: bool) -> int:
    """Do one piece of work; what the zygote has not loaded is loaded here, behind the wall."""
    if not around.outfit.late:
        from coderunner.runtime import runner

        return runner.serve(end, job, around.base_data, warm)
    _import_late(around)
    if around.outfit.workspace:
        from coderunner.packages import builder

        return builder.serve(end, job)
    from coderunner.runtime import environment

    return environment.serve(end, job, around.base_data, warm)


if __name__ == "__main__":
    main(int(sys.argv[1]))
