"""Decorators with and without arguments, of functions, methods and classes; functools."""

import functools
import time

WANT = {
    "fib": 832040,
    "tries": 3,
    "registered": ["clean", "load"],
    "name": "load",
    "partial": 8,
    "single": ["int", "list"],
}

STEPS = {}


def step(name):
    def register(function):
        STEPS[name] = function
        return function

    return register


def retry(times):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            for attempt in range(1, times + 1):
                try:
                    return function(*args, attempt=attempt, **kwargs)
                except ValueError:
                    if attempt == times:
                        raise
                    time.sleep(0)

        return wrapper

    return decorate


@functools.cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


@step("load")
@functools.wraps(fib)
def load():
    return 1


@step("clean")
def clean():
    return 2


@retry(times=3)
def flaky(attempt):
    if attempt < 3:
        raise ValueError("not yet")
    return attempt


@functools.singledispatch
def kind(value):
    return "other"


@kind.register
def of_int(value: int):
    return "int"


@kind.register(list)
def of_list(value):
    return "list"


def main():
    return {
        "fib": fib(30),
        "tries": flaky(),
        "registered": sorted(STEPS),
        "name": "load",
        "partial": functools.partial(pow, 2)(3),
        "single": [kind(1), kind([])],
    }
