"""Opens files without end.

Stopped by: the limit of open files.
"""

EXPECT = ["python_error"]


def main(world):
    hold = []
    while True:
        hold.append(open("/dev/null"))
