"""Makes a set-user-id program.

Stopped by: nosuid, no_new_privs, an owner who is nobody.
"""

EXPECT = ["ok", "denied_syscall", "python_error"]


def main(world):
    import os

    open("/tmp/x", "w").close()
    os.chmod("/tmp/x", 0o6755)
    if os.statvfs("/tmp").f_flag & os.ST_NOSUID and os.statvfs("/tmp").f_flag & os.ST_NOEXEC:
        return "stopped"
    return "escaped: set-user-id programs count here"
