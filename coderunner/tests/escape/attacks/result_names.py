"""Names an output so that it would be written elsewhere.

Stopped by: names of outputs are checked twice: in the jail, and by the service.
"""

EXPECT = ["bad_result"]


def main(world):
    import pathlib

    pathlib.Path("/job/out/x").write_text("x")
    return {"../../../tmp/owned": pathlib.Path("/job/out/x")}
