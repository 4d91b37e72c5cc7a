"""Which modules code may use under the policy "restricted": the parts of the standard library that compute, and all
packages of the environment, since an administrator has chosen those."""

from __future__ import annotations

import sys

# A module stands for its submodules, too.
_STANDARD_NAMES = """
__future__ abc array base64 binascii bisect bz2 calendar cmath codecs collections colorsys concurrent.futures
configparser contextlib copy csv dataclasses datetime decimal difflib email enum errno filecmp fnmatch fractions
functools getpass glob graphlib gzip hashlib heapq hmac html io ipaddress itertools json keyword linecache locale
logging lzma math mimetypes numbers operator os pathlib platform posixpath pprint queue quopri random re sched secrets
shutil sqlite3 statistics string stringprep struct sys tarfile tempfile textwrap threading time timeit tomllib
traceback types typing unicodedata urllib.error urllib.parse uuid warnings weakref xml.dom xml.etree xml.sax zipfile
zlib zoneinfo
"""

# Of these only some names are open: the others reach past the language, or past the process.
_OPEN_NAMES = {
    "os": """
        path environ getenv sep linesep pathsep curdir pardir extsep altsep name getcwd chdir listdir scandir walk mkdir
        makedirs remove unlink rmdir removedirs rename renames replace stat lstat fspath PathLike DirEntry stat_result
        cpu_count urandom getpid error fsencode fsdecode strerror access F_OK R_OK W_OK X_OK truncate utime
    """,
    "sys": """
        argv byteorder exit float_info float_repr_style getdefaultencoding getrecursionlimit getsizeof hash_info
        hexversion implementation int_info maxsize maxunicode platform stderr stdin stdout version version_info
    """,
    "io": """
        BytesIO StringIO TextIOWrapper BufferedReader BufferedWriter IOBase RawIOBase BufferedIOBase TextIOBase
        UnsupportedOperation SEEK_SET SEEK_CUR SEEK_END DEFAULT_BUFFER_SIZE
    """,
    "types": """
        SimpleNamespace MappingProxyType NoneType EllipsisType NotImplementedType GenericAlias UnionType FunctionType
        LambdaType MethodType GeneratorType BuiltinFunctionType ModuleType
    """,
    "traceback": """
        format_exc print_exc format_exception format_exception_only print_exception format_tb print_tb
    """,
}

_STANDARD = frozenset(_STANDARD_NAMES.split())
ONLY = {module: frozenset(names.split()) for module, names in _OPEN_NAMES.items()}

# Types that make code or frames are there to be compared with, not to be called.
NOT_CALLED = frozenset({"FunctionType", "LambdaType", "MethodType", "ModuleType"})

_WITHHELD = frozenset({("string", "Formatter"), ("logging", "config")})
_OURS = "coderunner RestrictedPython pyflakes tornado pip setuptools pkg_resources cffi pycparser"
_PACKAGES_REFUSED = frozenset(_OURS.split())
_SUBMODULES_REFUSED = frozenset({"numpy.ctypeslib", "numpy.f2py", "numpy.distutils", "pandas.io.clipboard"})

_PROGRAMS = "Other programs cannot be started; use a Python library."
_NETWORK = (
    "The network is for requests and its like, to hosts that the environment allows; or give the data as an input."
)
_INTERNALS = "Write it without looking into the interpreter."
_INSTEAD = {
    "asyncio": "Use concurrent.futures for work at the same time.",
    "multiprocessing": "Use concurrent.futures.ThreadPoolExecutor for work at the same time.",
    "pickle": "Use json for values and return tables as data frames.",
    "shelve": "Use json or sqlite3.",
    "marshal": "Use json.",
    "subprocess": _PROGRAMS,
    "pty": _PROGRAMS,
    "socket": _NETWORK,
    "ssl": _NETWORK,
    "http": _NETWORK,
    "urllib": "Of urllib there is urllib.parse. " + _NETWORK,
    "ftplib": _NETWORK,
    "smtplib": _NETWORK,
    "ctypes": "Use numpy for memory that is laid out by hand.",
    "importlib": "Write import statements.",
    "builtins": "Use the names as they are, without builtins.",
    "inspect": _INTERNALS,
    "gc": _INTERNALS,
    "dis": _INTERNALS,
    "ast": "Use json to read data that is written as text.",
    "signal": "Set the step's timeout instead.",
    "resource": "Set the step's limits instead.",
    "mmap": "Use numpy.memmap.",
    "concurrent": "Write import concurrent.futures.",
}


def refusal(name: str) -> str:
    """Why a module is refused and what to use instead; empty if it may be used."""
    top = name.partition(".")[0]
    if top in _PACKAGES_REFUSED or name in _SUBMODULES_REFUSED or any(part.startswith("_") for part in name.split(".")):
        if name != "__future__":
            return f"The module {name} is not for use by code."
        return ""
    if top not in sys.stdlib_module_names or _listed(name):
        return ""
    advice = _INSTEAD.get(top, "An administrator can allow the policy isolated, which has all modules.")
    return f"The module {name} is not available. {advice}"


def withheld(module: str, attribute: str) -> bool:
    """Whether a name of a module that may be used is not open."""
    only = ONLY.get(module)
    return (only is not None and attribute not in only) or (module, attribute) in _WITHHELD


def _listed(name: str) -> bool:
    parts = name.split(".")
    return any(".".join(parts[: n + 1]) in _STANDARD for n in range(len(parts)))
