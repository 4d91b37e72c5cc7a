"""pathlib, os.path, json, csv, gzip, zipfile, XML, base64, hashes, configparser, TOML."""

import base64
import configparser
import csv
import gzip
import hashlib
import io
import json
import os
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import tomllib

WANT = {
    "json": {"a": [1, None]},
    "csv": [{"k": "x", "v": "1"}],
    "gzip": "text",
    "zip": ["in.txt"],
    "xml": ["1", "2"],
    "hash": "2c26b46b68ff",
    "b64": "aGk=",
    "ini": "5",
    "toml": 3,
    "name": "data.json",
    "size": 16,
}


def main():
    folder = Path("/tmp/files")
    folder.mkdir(exist_ok=True)
    path = folder / "data.json"
    path.write_text(json.dumps({"a": [1, None]}))
    with gzip.open(folder / "t.gz", "wt") as file:
        file.write("text")
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("in.txt", "x")
    config = configparser.ConfigParser()
    config.read_string("[s]\nn = 5\n")
    return {
        "json": json.loads(path.read_text()),
        "csv": list(csv.DictReader(io.StringIO("k,v\nx,1\n"))),
        "gzip": gzip.decompress((folder / "t.gz").read_bytes()).decode(),
        "zip": zipfile.ZipFile(folder / "a.zip").namelist(),
        "xml": [e.text for e in ElementTree.fromstring("<r><i>1</i><i>2</i></r>").iter("i")],
        "hash": hashlib.sha256(b"foo").hexdigest()[:12],
        "b64": base64.b64encode(b"hi").decode(),
        "ini": config["s"]["n"],
        "toml": tomllib.loads("n = 3")["n"],
        "name": os.path.basename(str(path)),
        "size": os.stat(path).st_size,
    }
