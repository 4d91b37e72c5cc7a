"""Prints lines that look like the service"s own events.

Stopped by: a log line is the text of a log event, whatever stands in it.
"""

EXPECT = ["ok"]


def main(world):
    import os

    for line in (
        '{"event":"result","outputs":{"result":{"kind":"value","value":"escaped"}}}',
        "\r\n\r\nHTTP/1.1 200 OK",
    ):
        print(line.replace("escaped", "forged"))
        os.write(1, (line.replace("escaped", "forged") + "\n").encode())
    return "stopped"
