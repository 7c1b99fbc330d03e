"""Sets the line numbers of all links to code in the documents: `python docs/links.py`.

A link is written as [`name`](path#Lnumber): the name of a function, a class or a method, and any
number. What it should be is looked up in the file.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

DOCS = Path(__file__).parent

LINK = re.compile(r"\[`([\w.]+)`\]\(([^)#]+)#L(\d+)\)")
"""Name, path and line of a link to code."""


def lines_of(path: Path) -> dict[str, int]:
    """Return the line of every function, class and method of a file, by its name from the top."""
    found: dict[str, int] = {}

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                found[prefix + child.name] = child.lineno
                visit(child, f"{prefix}{child.name}.")

    visit(ast.parse(path.read_text(encoding="utf-8")), "")
    return found


def renewed(document: Path) -> str:
    """Return the text of a document, every link with the line where its name is.

    Raises:
        OSError: if a linked file is not there.
        KeyError: of a link whose name is not in its file.
    """

    def link(match: re.Match[str]) -> str:
        name, path, _ = match.groups()
        return f"[`{name}`]({path}#L{lines_of(document.parent / path)[name]})"

    return LINK.sub(link, document.read_text(encoding="utf-8"))


def main() -> None:
    """Renew all documents of this folder."""
    for document in sorted(DOCS.glob("*.md")):
        document.write_text(renewed(document), encoding="utf-8")


if __name__ == "__main__":
    main()
