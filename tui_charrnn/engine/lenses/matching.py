"""Regular expressions of strangers, matched in a process that can be ended.

Some expressions take longer than anybody lives, and Python can neither interrupt one nor run
anything else beside it. So they are matched by another interpreter, which runs this file as a
program: it reads an expression and a text from its standard input and writes what matched. It needs
nothing but the standard library, and starts in some hundredths of a second.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from contextlib import suppress
from typing import Any

LONGEST_PATTERN = 200
"""Characters of a regular expression."""

PATIENCE = 2.0
"""Seconds that an expression may take."""

MOST_BYTES = 2**30
"""Of memory that the process may take, on systems that can bound it."""

LONGEST_SHOWN = 40
"""Characters of an expression that a sentence on it repeats."""


def spans(pattern: str, text: str) -> list[tuple[int, int]]:
    """Return where a regular expression matches: the first place, and the one after the last.

    Matches do not overlap; empty ones are left out.

    Raises:
        ValueError: if it is no regular expression, too long or too slow.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(
            f"A regular expression must have at most {LONGEST_PATTERN} characters, "
            f"not {len(pattern):,}."
        )
    question = json.dumps({"pattern": pattern, "text": text, "seconds": PATIENCE})
    command = [sys.executable, "-I", "-S", __file__]
    try:
        done = subprocess.run(
            command, input=question.encode(), capture_output=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise ValueError(_too_slow(pattern)) from None
    except OSError as error:
        raise ValueError(f"No process can be started to match it: {error.strerror}.") from None
    if done.returncode < 0:  # ended for taking too long
        raise ValueError(_too_slow(pattern))
    if done.returncode:
        raise ValueError(f"{named(pattern)} takes more memory than it may on this text.")
    answer = json.loads(done.stdout)
    if "problem" in answer:
        raise ValueError(f"{named(pattern)} cannot be used: {answer['problem']}.")
    return [(first, end) for first, end in answer["spans"]]


def named(pattern: str) -> str:
    """Return what a sentence calls an expression."""
    shown = pattern if len(pattern) <= LONGEST_SHOWN else f"{pattern[:LONGEST_SHOWN]}…"
    return f"The regular expression {shown!r}"


def _too_slow(pattern: str) -> str:
    return f"{named(pattern)} takes longer than {PATIENCE:g} seconds on this text."


def answer_to(question: dict[str, Any]) -> dict[str, Any]:
    """Return what the process answers: the spans, or what is wrong with the expression."""
    try:
        matches = re.finditer(question["pattern"], question["text"])
    except (re.error, RecursionError, OverflowError) as error:
        return {"problem": str(error).rstrip(".")}
    return {"spans": [match.span() for match in matches if match.end() > match.start()]}


def _bound(seconds: float) -> None:
    """Let the process end by itself, should nobody be left to end it."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415  # there is none on Windows

        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    _bound(asked["seconds"])
    json.dump(answer_to(asked), sys.stdout)
