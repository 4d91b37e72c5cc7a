"""Opens the devices of the machine: memory, kernel log, disks, terminals, KVM, FUSE.

Stopped by: /dev has five harmless devices and nothing else.
"""

EXPECT = ["ok"]


def main(world):
    import os

    opened = []
    names = [
        "mem",
        "kmem",
        "port",
        "kmsg",
        "sda",
        "vda",
        "nvme0",
        "tty",
        "tty0",
        "console",
        "ptmx",
        "pts/0",
        "kvm",
        "fuse",
    ]
    for name in [*names, "net/tun", "loop0", "loop-control", "input/event0", "uinput", "rtc", "vhost-net", "vsock"]:
        try:
            os.close(os.open("/dev/" + name, os.O_RDWR))
            opened.append(name)
        except OSError:
            pass
    there = sorted(set(os.listdir("/dev")) - {"null", "zero", "full", "random", "urandom", "shm"})
    return "escaped: " + repr(opened + there) if opened + there else "stopped"
