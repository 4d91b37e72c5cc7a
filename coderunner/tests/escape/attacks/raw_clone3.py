"""Clones itself into new namespaces by clone3, whose flags lie in memory where no filter can look.

Stopped by: seccomp answers that there is no such call.
"""

EXPECT = ["ok"]


def main(world):
    import ctypes
    import struct

    libc = ctypes.CDLL(None, use_errno=True)
    arguments = ctypes.create_string_buffer(struct.pack("=11Q", 0x10000000, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0))
    result = libc.syscall(435, arguments, 88)
    return "stopped" if result == -1 and ctypes.get_errno() == 38 else f"escaped: {result}"
