"""The filter of system calls. What code needs is allowed; all else is reported to the service, which names it."""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Iterable

from coderunner.sandbox import linux
from coderunner.sandbox.syscalls import AUDIT_ARCH, MACHINE, NUMBERS

_ALLOWED = """
read write close fstat stat lstat newfstatat statx poll ppoll select pselect6 lseek mmap mprotect munmap mremap brk
madvise msync mincore rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend sigaltstack
pread64 pwrite64 readv writev preadv pwritev preadv2 pwritev2 access faccessat faccessat2 open openat openat2 creat
pipe pipe2 sched_yield dup dup2 dup3 pause nanosleep clock_nanosleep getitimer setitimer alarm getpid gettid getppid
getuid geteuid getgid getegid getresuid getresgid getgroups getpgrp getpgid getsid setsid setpgid sendfile splice tee
sendmsg sendto recvmsg recvfrom shutdown getsockopt getsockname getpeername exit exit_group wait4 waitid kill tkill
tgkill uname fcntl flock fsync fdatasync sync_file_range truncate ftruncate fallocate fadvise64 readahead getdents
getdents64 getcwd chdir fchdir rename renameat renameat2 mkdir mkdirat rmdir link linkat symlink symlinkat unlink
unlinkat readlink readlinkat chmod fchmod fchmodat fchmodat2 umask gettimeofday getrlimit getrusage sysinfo times
utime utimes futimesat utimensat statfs fstatfs futex futex_waitv futex_wake futex_wait futex_requeue
set_robust_list get_robust_list set_tid_address
sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min getpriority getcpu
arch_prctl restart_syscall epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd2
signalfd signalfd4 timerfd_create timerfd_settime timerfd_gettime timer_create timer_settime timer_gettime
timer_getoverrun timer_delete clock_gettime clock_getres time getrandom memfd_create copy_file_range membarrier rseq
mlock munlock mlock2 pkey_mprotect pkey_alloc pkey_free fork vfork getxattr lgetxattr fgetxattr listxattr llistxattr
flistxattr capget cachestat mseal get_mempolicy
"""

# Libraries try these and go on without them, so they fail quietly.
_QUIET = {
    "clone3": errno.ENOSYS,
    "sched_setaffinity": errno.EPERM,
    "setpriority": errno.EPERM,
    "set_mempolicy": errno.EPERM,
    "mbind": errno.EPERM,
    "ioprio_set": errno.EPERM,
    "sched_setscheduler": errno.EPERM,
    "chown": errno.EPERM,
    "fchown": errno.EPERM,
    "lchown": errno.EPERM,
    "fchownat": errno.EPERM,
    "setxattr": errno.EOPNOTSUPP,
    "lsetxattr": errno.EOPNOTSUPP,
    "fsetxattr": errno.EOPNOTSUPP,
    "inotify_init": errno.ENOSYS,
    "inotify_init1": errno.ENOSYS,
    "landlock_create_ruleset": errno.EOPNOTSUPP,
}

# No ordinary code makes these: one of them ends the execution at once.
_FATAL_NAMES = """
ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd mount umount2 pivot_root chroot open_tree
open_tree_attr move_mount fsopen fsconfig fsmount fspick mount_setattr statmount listmount unshare setns bpf
perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register keyctl add_key request_key init_module
finit_module delete_module create_module kexec_load kexec_file_load reboot swapon swapoff acct quotactl quotactl_fd
syslog iopl ioperm modify_ldt open_by_handle_at name_to_handle_at sethostname setdomainname settimeofday
clock_settime clock_adjtime adjtimex setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups
capset mknod mknodat fanotify_init fanotify_mark lookup_dcookie migrate_pages move_pages vhangup memfd_secret
personality vmsplice seccomp
"""

FATAL = frozenset(_FATAL_NAMES.split())

_RET_KILL_PROCESS = 0x80000000
_RET_USER_NOTIF = 0x7FC00000
_RET_ERRNO = 0x00050000
_RET_ALLOW = 0x7FFF0000

_LD_WORD = 0x20
_JUMP_EQUAL = 0x15
_JUMP_ABOVE = 0x35  # greater or equal
_JUMP_BITS = 0x45  # any of these bits
_AND = 0x54
_RETURN = 0x06
_X32_BIT = 0x40000000

_NEW_NAMESPACES = 0x7E020000  # CLONE_NEW*
_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # TCGETS TIOCGWINSZ FIONREAD FIONBIO FIONCLEX FIOCLEX
_PRCTLS = (
    3,
    15,
    16,
    21,
    23,
    27,
    30,
    37,
    39,
)  # get dumpable, name, seccomp, bounds, securebits, slack, child reaper, no_new_privs
_PRCTL_VMA = 0x53564D41  # naming of anonymous memory

_FLAG_NEW_LISTENER = 1 << 3
_SET_MODE_FILTER = 1


def _instruction(code: int, true: int, false: int, value: int) -> bytes:
    return struct.pack("=HBBI", code, true, false, value)


def _returns(action: int) -> bytes:
    return _instruction(_RETURN, 0, 0, action)


def _argument(index: int) -> bytes:
    # The low half: every argument looked at is an int, of which the kernel reads no more.
    return _instruction(_LD_WORD, 0, 0, 16 + 8 * index)


def _when(name: str, body: bytes) -> bytes:
    """Body, which must end in a return, when the call is the named one."""
    number = NUMBERS.get(name)
    if number is None:
        return b""
    return _instruction(_JUMP_EQUAL, 0, len(body) // 8, number) + body


def _one_of(index: int, values: Iterable[int], otherwise: int) -> bytes:
    body = _argument(index)
    for value in values:
        body += _instruction(_JUMP_EQUAL, 0, 1, value) + _returns(_RET_ALLOW)
    return body + _returns(otherwise)


def build(anonymous_files: bool, egress: bool = False, programs: bool = False, other: int = _RET_USER_NOTIF) -> bytes:
    """The filter as the kernel's instructions. Anonymous_files allows memfd_create, whose memory only a control group
    counts; egress allows to connect by TCP, programs to start programs; other is what becomes of calls that are not
    allowed."""
    program = _instruction(_LD_WORD, 0, 0, 4)
    program += _instruction(_JUMP_EQUAL, 1, 0, AUDIT_ARCH) + _returns(_RET_KILL_PROCESS)
    program += _instruction(_LD_WORD, 0, 0, 0)
    if MACHINE == "x86_64":
        program += _instruction(_JUMP_ABOVE, 0, 1, _X32_BIT) + _returns(_RET_KILL_PROCESS)
    # Only what stays inside: a new namespace would hand out capabilities, a socket could reach another process.
    program += _when(
        "clone", _argument(0) + _instruction(_JUMP_BITS, 0, 1, _NEW_NAMESPACES) + _returns(other) + _returns(_RET_ALLOW)
    )
    program += _when("socketpair", _one_of(0, (1,), other))
    program += _when("ioctl", _one_of(1, _IOCTLS, _RET_ERRNO | errno.ENOTTY))
    program += _when("prctl", _one_of(0, (*_PRCTLS, _PRCTL_VMA), _RET_ERRNO | errno.EPERM))
    # Asking for limits is fine; setting one for another process is not, and for itself can only lower it.
    program += _when("prlimit64", _one_of(0, (0,), other))
    program += _when("setrlimit", _returns(_RET_ALLOW))
    for name, code in _QUIET.items():
        program += _when(name, _returns(_RET_ERRNO | code))
    if not anonymous_files:
        program += _when("memfd_create", _returns(_RET_ERRNO | errno.ENOSYS))
    if egress:
        program += _when("socket", _tcp()) + _when("connect", _returns(_RET_ALLOW))
        program += _when("setsockopt", _returns(_RET_ALLOW))
    if programs:
        program += _when("execve", _returns(_RET_ALLOW))
    for name in _ALLOWED.split():
        program += _when(name, _returns(_RET_ALLOW))
    return program + _returns(other)


def _tcp() -> bytes:
    """Sockets of TCP over IP. What libraries try beside them, such as a look at the routes, fails quietly."""
    refused = _returns(_RET_ERRNO | errno.EAFNOSUPPORT)
    stream = _argument(1) + _instruction(_AND, 0, 0, 0xF) + _instruction(_JUMP_EQUAL, 1, 0, 1) + refused
    protocol = _argument(2) + _instruction(_JUMP_EQUAL, 2, 0, 0) + _instruction(_JUMP_EQUAL, 1, 0, 6) + refused
    family = _argument(0) + _instruction(_JUMP_EQUAL, 2, 0, 2) + _instruction(_JUMP_EQUAL, 1, 0, 10) + refused
    return stream + protocol + family + _returns(_RET_ALLOW)


def install(program: bytes) -> int:
    """Put the filter over this process and all that it starts; gives the descriptor at which denied calls arrive."""
    code = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(code)))
    return linux.syscall("seccomp", _SET_MODE_FILTER, _FLAG_NEW_LISTENER, header)
