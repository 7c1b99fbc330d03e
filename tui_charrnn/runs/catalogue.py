"""Where texts come from: the shipped ones, the standard library's source, any file or folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui_charrnn.engine.errors import CorpusError

if TYPE_CHECKING:
    from tui_charrnn.engine.corpus import Corpus, Watch

DEFAULT = "tales"
STDLIB = "stdlib"

NOT_LIBRARY = frozenset({"test", "tests", "idle_test", "site-packages", "dist-packages"})
"""Folders below the standard library that hold tests or what others wrote."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A text that can be asked for by name; the numbers are None where nothing was counted yet.

    `entropy` is the true entropy of the source in bits per character, where it is known.
    """

    name: str
    title: str
    description: str
    path: Path
    characters: int | None = None
    vocabulary: int | None = None
    entropy: float | None = None


@cache
def catalogue() -> dict[str, Entry]:
    """Return every text that can be asked for by name, the default first.

    Raises:
        CorpusError: if the installation lacks its catalogue.
    """
    import tomllib  # noqa: PLC0415 - the default text is found without it

    folder = _folder()
    tables = tomllib.loads((folder / "catalogue.toml").read_text("utf-8"))
    shipped = {name: _entry(name, folder, table) for name, table in tables.items()}
    return {DEFAULT: shipped[DEFAULT], **shipped, STDLIB: _stdlib()}


def _folder() -> Path:
    """Return the folder of the shipped texts.

    A checkout has it beside the package and an installed wheel inside, where a checkout has none.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "corpora", package.parent / "corpora"):
        if (folder / "catalogue.toml").is_file():
            return folder
    raise CorpusError("The shipped texts are missing from this installation: no catalogue.toml.")


def _entry(name: str, folder: Path, table: dict[str, Any]) -> Entry:
    return Entry(
        name=name,
        title=table["title"],
        description=table["description"],
        path=folder / table["file"],
        characters=table["characters"],
        vocabulary=table["vocabulary"],
        entropy=table["entropy"],
    )


def _stdlib() -> Entry:
    import sysconfig  # noqa: PLC0415 - see catalogue

    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return Entry(
        name=STDLIB,
        title=f"Python {version} standard library",
        description="The source of the Python that runs this program: real text, about 12 MB.",
        path=Path(sysconfig.get_path("stdlib")),
    )


def load_corpus(name: str, encoding: str = "utf-8", watch: Watch | None = None) -> Corpus:
    """Load a text by its name in the catalogue, or else by the path of a file or folder.

    A name wins over a file of that name; `./tales` is the file. The encoding is that of a file;
    the texts of the catalogue know theirs. `watch` sees how far the reading has come.

    Raises:
        CorpusError: if it cannot be read as text.
    """
    from tui_charrnn.engine.corpus import Corpus  # noqa: PLC0415 - the first frame needs no NumPy

    entry = catalogue().get(name)
    if entry is None:
        return Corpus.from_path(_existing(name), encoding, watch)
    if entry.name == STDLIB:
        return Corpus.from_blocks(_sources(entry.path), STDLIB, watch)
    corpus = Corpus.from_path(entry.path, watch=watch)
    corpus.name, corpus.entropy = entry.name, entry.entropy
    return corpus


def reloadable(corpus: str) -> str:
    """Return what loads a text again from any folder: its name, or its absolute path."""
    return corpus if corpus in catalogue() else os.path.abspath(os.path.expanduser(corpus))


def _existing(name: str) -> Path:
    if not exists(name):
        names = ", ".join(catalogue())
        raise CorpusError(f"There is no file or folder {name}, nor a known text ({names}).")
    return Path(os.path.expanduser(name))


def exists(name: str) -> bool:
    """Tell whether there is a file or folder of this name; `~` stands for the home folder."""
    return os.path.exists(os.path.expanduser(name))  # unlike pathlib's, it takes any name


def _sources(folder: Path) -> Iterator[str]:
    """Yield the library's modules, sorted by path, each decoded as its own first lines say."""
    import tokenize  # noqa: PLC0415 - see catalogue

    for path in sorted(folder.rglob("*.py")):
        if NOT_LIBRARY.isdisjoint(path.relative_to(folder).parts):
            try:
                with tokenize.open(path) as file:
                    yield file.read()
            except (OSError, SyntaxError, UnicodeDecodeError):
                continue  # a module that Python itself could not read
