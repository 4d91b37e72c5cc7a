"""String methods, textwrap, difflib, unicodedata, string templates, translate, html."""

import difflib
import html
import string
import textwrap
import unicodedata
from urllib.parse import parse_qs, quote, urlsplit

WANT = {
    "title": "Ein Bericht",
    "plain": "Muller",
    "close": ["price"],
    "wrapped": 2,
    "template": "hi ada",
    "clean": "abc",
    "host": "a.b",
    "query": ["1"],
    "quoted": "a%20b",
    "escaped": "&lt;",
    "part": ["k", "=", "v"],
}


def main():
    parts = urlsplit("https://a.b/c?x=1")
    return {
        "title": "ein bericht".title(),
        "plain": unicodedata.normalize("NFKD", "Müller").encode("ascii", "ignore").decode(),
        "close": difflib.get_close_matches("prise", ["price", "count"], n=1),
        "wrapped": len(textwrap.wrap("some words that are long", 14)),
        "template": string.Template("hi $name").substitute(name="ada"),
        "clean": "a.b!c".translate(str.maketrans("", "", string.punctuation)),
        "host": parts.netloc,
        "query": parse_qs(parts.query)["x"],
        "quoted": quote("a b"),
        "escaped": html.escape("<"),
        "part": list("k=v".partition("=")),
    }
