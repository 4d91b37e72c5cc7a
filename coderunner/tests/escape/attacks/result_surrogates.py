"""Returns and prints texts that are no Unicode, to break whoever writes them down.

Stopped by: they are replaced or refused where they leave.
"""

EXPECT = ["ok", "bad_result", "python_error"]


def main(world):
    print("\ud800 alone")
    return {"\udfff": "\ud83d"}
