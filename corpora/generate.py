"""Write the shipped texts and their catalogue anew: `python corpora/generate.py`.

With `--check`, nothing is written; the exit code is 1 if a file is not what would be written.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from grammars.texts import TEXTS, generate, toml

FOLDER = Path(__file__).resolve().parent


def contents() -> dict[str, bytes]:
    """Return the content of every generated file by its name."""
    files, tables = {}, {}
    for text in TEXTS:
        written, tables[text.name] = generate(text)
        files[text.file] = written.encode()
    return {**files, "catalogue.toml": toml(tables).encode()}


def differing(files: dict[str, bytes]) -> list[str]:
    """Return the names of the files that are missing or hold something else."""
    paths = {name: FOLDER / name for name in files}
    return [name for name, path in paths.items() if not _holds(path, files[name])]


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def main() -> int:
    """Write or check the files, and say which ones differed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    check = parser.parse_args().check
    files = contents()
    names = differing(files)
    for name in names:
        print(f"{name} differs" if check else f"{name} written")
        if not check:
            (FOLDER / name).write_bytes(files[name])
    return int(check and bool(names))


if __name__ == "__main__":
    sys.exit(main())
