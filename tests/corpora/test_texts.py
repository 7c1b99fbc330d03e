"""The shipped texts are what their grammars write, and their entropy is a floor."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from corpora.grammars import lexicons, people, recall
from corpora.grammars.source import GrammarError, Reader
from corpora.grammars.texts import TEXTS, Text, generate, toml

FOLDER = Path(__file__).resolve().parents[2] / "corpora"
SHIPPED = pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.name)


@cache
def shipped(text: Text) -> str:
    return (FOLDER / text.file).read_bytes().decode("utf-8")


@cache
def table(text: Text) -> dict[str, Any]:
    return tomllib.loads((FOLDER / "catalogue.toml").read_text("utf-8"))[text.name]


@cache
def costs(text: Text) -> list[tuple[int, float]]:
    """Read a text back: after each piece, the characters and the bits of all choices so far."""
    reader = Reader(shipped(text))
    after = [(0, 0.0)]
    while not reader.finished:
        text.write(reader)
        after.append((reader.position, reader.bits))
    return after


def test_texts_and_catalogue_are_generated_byte_for_byte() -> None:
    written = {text: generate(text) for text in TEXTS}
    for text, (content, _) in written.items():
        assert content.encode() == (FOLDER / text.file).read_bytes()
    tables = {text.name: facts for text, (_, facts) in written.items()}
    assert toml(tables).encode() == (FOLDER / "catalogue.toml").read_bytes()


def test_the_command_finds_no_difference() -> None:
    """In a process of its own, with another hash seed and an ASCII locale."""
    command = [sys.executable, FOLDER / "generate.py", "--check"]
    environment = {"PYTHONHASHSEED": "7", "LC_ALL": "C", "PYTHONUTF8": "0"}
    done = subprocess.run(
        command, env=environment, check=False, capture_output=True, text=True, cwd=FOLDER.parent
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@SHIPPED
def test_every_choice_can_be_read_back_and_entropy_is_their_cost(text: Text) -> None:
    characters, bits = costs(text)[-1]
    assert characters == len(shipped(text))
    assert bits / characters == pytest.approx(table(text)["entropy"], abs=5e-7)


def _read(text: Text, reader: Reader) -> None:
    while not reader.finished:
        text.write(reader)


@SHIPPED
def test_another_text_is_not_read(text: Text) -> None:
    place = len(shipped(text)) // 4
    reader = Reader(shipped(text)[:place] + "#" + shipped(text)[place + 1 :])
    with pytest.raises(GrammarError, match="character"):
        _read(text, reader)
    assert reader.position <= place


@SHIPPED
def test_held_out_tail_costs_what_the_whole_does(text: Text) -> None:
    characters, bits = costs(text)[-1]
    start, before = next(cost for cost in costs(text) if cost[0] >= 0.9 * characters)
    tail = (bits - before) / (characters - start)
    assert tail == pytest.approx(table(text)["entropy"], rel=0.02)


def test_tales_are_long_and_use_many_words() -> None:
    tales = shipped(TEXTS[0])
    assert len(tales) >= 1_200_000
    words = set(re.findall(r"[a-z]+", tales.lower()))
    known = {word.lower() for word in lexicons.vocabulary()}
    assert len(known) >= 600
    assert len(words & known) >= 600


NAME = "[A-Z][a-z]+"
HERO = re.compile(rf"(?:named|called|to all as|by the name of|[a-z]:) ({NAME}(?: and {NAME})?)\b")
WOMEN = frozenset(people.GIRLS.split())


def test_heroes_come_back_by_name_and_by_the_pronouns_that_fit() -> None:
    tales = [tale.split("\n\n") for tale in shipped(TEXTS[0]).split("\n\n\n")[:-1]]
    seen = Counter()
    for title, body in tales:
        found = HERO.search(body)
        assert found, body
        hero = found[1]
        assert body.count(hero) >= 4
        assert (" and " in hero) == ("Two " in title)
        fitting = "them" if " and " in hero else "her" if hero in WOMEN else "him"
        seen[fitting] += 1
        for pattern in (
            r"All knew (\w+) by",
            r"had told (\w+)",
            r"\blent (\w+) a",
            r"Before (\w+) r",
        ):
            assert set(re.findall(pattern, body)) <= {fitting}
    assert min(seen.values()) > 20, seen


def test_recall_says_every_key_again_after_fillers_of_many_lengths() -> None:
    fillers = Counter()
    for line in shipped(TEXTS[1]).splitlines():
        key, filler, again = line.split(" ")
        assert key == again
        assert re.fullmatch("[a-z]{4}", key)
        fillers[len(filler)] += 1
    assert sorted(fillers) == list(range(1, recall.LONGEST + 1))
    assert fillers[1] == pytest.approx(10 * fillers[10], rel=0.2)
    assert sum(fillers[length] for length in range(75, 151)) > 1_000


def test_recall_without_memory_is_well_above_the_floor() -> None:
    facts = table(TEXTS[1])
    keys = shipped(TEXTS[1]).count("\n") * recall.LENGTH * recall.LETTER.bits[0]
    extra = facts["entropy_without_memory"] - facts["entropy"]
    assert extra == pytest.approx(keys / facts["characters"], abs=2e-6)
    assert extra > 0.15 * facts["entropy"]


def test_symbols_has_characters_of_every_kind() -> None:
    symbols = shipped(TEXTS[2])
    assert 125_000 <= len(symbols) <= 135_000
    chars = sorted(set(symbols))
    assert 110 <= len(chars) <= 130
    kinds = {
        "accented": sum("\xc0" <= char <= "\u017f" and char not in "×÷" for char in chars),
        "chinese": sum("\u4e00" <= char <= "\u9fff" for char in chars),
        "mathematics": sum("\u2190" <= char <= "\u22ff" for char in chars),
        "emoji": sum("\U0001f300" <= char <= "\U0001f64f" for char in chars),
        "skin tones": sum("\U0001f3fb" <= char <= "\U0001f3ff" for char in chars),
    }
    assert kinds["skin tones"] == 5
    assert min(kinds.values()) >= 5, kinds
    assert min(Counter(symbols).values()) >= 20  # no character too rare to be learnt


def test_formulas_are_right() -> None:
    symbols = shipped(TEXTS[2])
    products = re.findall(r"^(\d+) × (\d+) = (\d+) ⇒ (\d+) ÷ (\d+) = (\d+)$", symbols, re.M)
    sums = re.findall(r"^∑\((\d+)\) = .* = (\d+)$", symbols, re.M)
    assert len(products) > 20
    assert len(sums) > 20
    for first, second, result, again, divisor, quotient in products:
        assert int(first) * int(second) == int(result) == int(again)
        assert (divisor, quotient) == (first, second)
    assert all(sum(range(int(last) + 1)) == int(result) for last, result in sums)
