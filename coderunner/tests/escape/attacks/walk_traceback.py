"""Takes the frames of an exception and replaces the builtins that they use.

Stopped by: it changes this process only; the policy restricted refuses tracebacks and frames.
"""

EXPECT = ["ok", "python_error"]


def main(world):
    try:
        1 / 0
    except ZeroDivisionError as error:
        frame = error.__traceback__.tb_frame
        while frame.f_back is not None:
            frame = frame.f_back
        frame.f_builtins["open"] = frame.f_builtins["len"] = print
    return "stopped"
