"""Leaves a generator by its frame, as sandboxes of language alone have been left.

Stopped by: nothing of others is in this process; the policy restricted refuses gi_frame.
"""

EXPECT = ["ok"]


def main(world):
    def generate():
        yield generator.gi_frame.f_back

    generator = generate()
    frame, names = next(generator), []
    while frame is not None:
        names.append(frame.f_code.co_name)
        os = frame.f_builtins["__import__"]("os")
        frame = frame.f_back
    return "escaped: " + repr(names) if os.path.exists(world["secret"]) else "stopped"
