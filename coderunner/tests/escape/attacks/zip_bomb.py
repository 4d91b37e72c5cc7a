"""Unpacks an archive of a few kilobytes that holds gigabytes.

Stopped by: the size of the private disk.
"""

EXPECT = ["output_limit"]


def main(world):
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(32 << 20))
    for number in range(100):
        zipfile.ZipFile(buffer).extractall(f"/job/{number}")
    return "escaped: unpacked"
