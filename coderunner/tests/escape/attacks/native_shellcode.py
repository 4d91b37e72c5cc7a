"""Puts machine code into executable memory and makes system calls from there: socket, then execve.

Stopped by: seccomp sees the call, wherever it comes from.
"""

EXPECT = ["denied_syscall", "python_error", "ok"]


def main(world):
    import ctypes
    import mmap

    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    # mov eax, 41; mov edi, 2; mov esi, 1; xor edx, edx; syscall; ret
    page.write(bytes.fromhex("b829000000bf02000000be0100000031d20f05c3"))
    call = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    got = call()
    return f"escaped: socket {got}" if got >= 0 else "stopped"
