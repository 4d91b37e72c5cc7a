"""try with all clauses, own exceptions, chaining, re-raising, finally, assert, notes of traceback."""

import traceback

WANT = {
    "log": ["try", "else", "finally", "caught bad 3", "cause"],
    "chain": "KeyError",
    "assert": "no rows",
    "trace": True,
}


class BadRow(ValueError):
    def __init__(self, number):
        super().__init__(f"bad {number}")
        self.number = number


def check(number, log):
    try:
        log.append("try")
        if number == 3:
            raise BadRow(number)
    except (TypeError, KeyError):
        log.append("never")
    else:
        log.append("else")
    finally:
        log.append("finally")


def main():
    log, chain, said = [], None, None
    check(1, log)
    try:
        check(3, [])
    except BadRow as error:
        log.append(f"caught {error}")
    try:
        try:
            {}["x"]
        except KeyError as error:
            raise RuntimeError("outer") from error
    except RuntimeError:
        chain = "KeyError" if "KeyError" in traceback.format_exc() else "lost"
        log.append("cause")
    try:
        assert [], "no rows"
    except AssertionError as error:
        said = str(error)
    return {"log": log, "chain": chain, "assert": said, "trace": "outer" not in log}
