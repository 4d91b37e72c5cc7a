"""Builds a code object by hand, with bytecode that reads past its stack.

Stopped by: it crashes its own process, no more.
"""

EXPECT = ["ok", "python_error"]


def main(world):
    code = main.__code__.replace(co_code=bytes([100, 255] * 50 + [83, 0]), co_consts=(), co_stacksize=1)
    function = type(main)(code, {})
    try:
        function(world)
    except SystemError:
        pass
    return "stopped"
