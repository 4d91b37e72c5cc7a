"""Makes a 32-bit system call, whose numbers mean something else than the filter's.

Stopped by: seccomp, which kills a call of another architecture.
"""

EXPECT = ["denied_syscall", "python_error"]


def main(world):
    import ctypes
    import mmap

    # mov eax, 20 (getpid of 32 bits); int 0x80; ret
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
    address = ctypes.addressof(ctypes.c_char.from_buffer(code))
    return f"escaped: {ctypes.CFUNCTYPE(ctypes.c_int)(address)()}"
