"""Goes up the frames to the machinery around main() and looks there for what belongs to others.

Stopped by: nothing of others is in this process; the policy restricted refuses frames.
"""

EXPECT = ["ok"]


def main(world):
    import sys

    frame, seen = sys._getframe(), []
    while frame is not None:
        for value in [*frame.f_locals.values(), *frame.f_globals.values()]:
            if isinstance(value, (str, bytes)) and "canary" in str(value) and "main(world)" not in str(value):
                seen.append(value)
        frame = frame.f_back
    return "escaped: " + repr(seen) if seen else "stopped"
