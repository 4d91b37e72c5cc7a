"""Raises its own limits, and those of other processes.

Stopped by: they can only be lowered, and other processes are not there.
"""

EXPECT = ["ok"]


def main(world):
    import resource

    raised = []
    for name in dir(resource):
        if name.startswith("RLIMIT_"):
            kind = getattr(resource, name)
            _, hard = resource.getrlimit(kind)
            try:
                resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
                if hard != resource.RLIM_INFINITY:
                    raised.append(name)
            except (ValueError, OSError):
                pass
            try:
                resource.prlimit(world["service"], kind, (1, 1))
                raised.append("other " + name)
            except (ValueError, OSError):
                pass
    return "escaped: " + repr(raised) if raised else "stopped"
