"""Looks for shared memory of others and leaves some for the next.

Stopped by: /dev/shm is the private disk of the execution, and goes with it.
"""

EXPECT = ["ok"]


def main(world):
    import os
    from multiprocessing import resource_tracker, shared_memory

    resource_tracker.register = lambda *_: None
    before = os.listdir("/dev/shm")
    memory = shared_memory.SharedMemory("left-behind", create=True, size=4096)
    memory.buf[:5] = b"owned"
    return "escaped: " + repr(before) if before else "stopped"
