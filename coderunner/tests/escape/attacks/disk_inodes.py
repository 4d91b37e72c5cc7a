"""Makes empty files without end.

Stopped by: the private disk's number of files.
"""

EXPECT = ["output_limit", "time_limit"]


def main(world):
    number = 0
    while True:
        open(f"/tmp/{number}", "w").close()
        number += 1
