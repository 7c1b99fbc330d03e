"""Prints the keys of all screens as tables; `python docs/keys.py --write` puts them into README.md.

They are made from the bindings, so they are what the help of each screen says.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from textual.binding import Binding
from textual.screen import Screen

from tui_charrnn.screens.lenses import LENSES, load
from tui_charrnn.screens.lenses.keys import FIRST, LAST
from tui_charrnn.screens.race import RaceScreen
from tui_charrnn.screens.runs import RunsScreen
from tui_charrnn.screens.sweep import SweepScreen
from tui_charrnn.screens.train import TrainScreen
from tui_charrnn.widgets.key_line import key_name

README: Final = Path(__file__).parents[1] / "README.md"
FROM, TO = "<!-- keys, made by docs/keys.py -->", "<!-- end of keys -->"

Keys = dict[str, str]
"""What each key does."""

ALIKE: Final = 3
"""On so many screens a key has to do the same to be one that is the same everywhere."""


def keys_of(bindings: Iterable[object]) -> Keys:
    """Return the keys of bindings; of several of one key what the first does, as the help does."""
    found: Keys = {}
    for binding in bindings:
        if isinstance(binding, Binding) and binding.tooltip:
            found.setdefault(key_name(binding), binding.tooltip)
    return found


def common(screens: Iterable[Keys], least: int) -> Keys:
    """Return the keys that do the same on so many screens at the least."""
    counted = Counter(pair for keys in screens for pair in keys.items())
    return {key: what for (key, what), count in counted.items() if count >= least}


def without(keys: Keys, others: Mapping[str, str]) -> Keys:
    """Return the keys that are not among others, or do something else."""
    return {key: what for key, what in keys.items() if others.get(key) != what}


def tables() -> Iterator[tuple[str, Keys]]:
    """Yield the screens with their keys, after those that are the same on most of them."""
    classes: dict[str, type[Screen[None]]] = {
        "Train": TrainScreen, "Race": RaceScreen, "Runs": RunsScreen, "Sweep": SweepScreen,
    }  # fmt: skip
    screens = {title: keys_of(screen.BINDINGS) for title, screen in classes.items()}
    shared = [*FIRST, *LAST]
    lenses = {
        f"Lens {lens.title}": keys_of(key for key in load(name).BINDINGS if key not in shared)
        for name, lens in LENSES.items()
    }
    everywhere = common([*screens.values(), keys_of(shared)], 1 + ALIKE)
    all_lenses = without(keys_of(shared), everywhere)
    yield "On all screens", everywhere
    for title, keys in screens.items():
        yield title, without(keys, everywhere)
    yield "All lenses", all_lenses
    for title, keys in lenses.items():
        yield title, without(keys, everywhere | all_lenses)


def markdown() -> str:
    """Return the tables, those of the other screens than the main one folded away."""
    (everywhere, first), (train, second), *others = tables()
    parts = [_table(everywhere, first), _table(train, second)]
    for title, keys in others:
        if keys:
            parts.append(f"<details><summary>{title}</summary>\n\n{_table('', keys)}\n\n</details>")
    return "\n\n".join(parts)


def _table(title: str, keys: Keys) -> str:
    rows = [f"| `{key}` | {what} |" for key, what in keys.items()]
    return "\n".join((f"| {title} | |" if title else "| | |", "|---|---|", *rows))


def renewed(readme: str) -> str:
    """Return the README with the tables of today between its two marks.

    Raises:
        ValueError: if the marks are not there.
    """
    before, mark, rest = readme.partition(FROM)
    _, end, after = rest.partition(TO)
    if not mark or not end:
        raise ValueError(f"The README needs the lines {FROM} and {TO}.")
    return f"{before}{FROM}\n{markdown()}\n{TO}{after}"


def main() -> None:
    """Print the tables, or write them."""
    if "--write" in sys.argv:
        README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(markdown())


if __name__ == "__main__":
    main()
