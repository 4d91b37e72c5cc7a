"""Asks the garbage collector for every object and searches them for secrets of the service or of others.

Stopped by: the zygote holds no secret and never runs user code; refused by the policy restricted.
"""

EXPECT = ["ok"]


def main(world):
    import gc

    needle = "canary" + "-5f1d7c"
    found = 0
    for item in gc.get_objects():
        if isinstance(item, dict):
            found += sum(needle in v for v in list(item.values()) if isinstance(v, (str, bytes)) and isinstance(v, str))
    return f"escaped: {found}" if found else "stopped"
