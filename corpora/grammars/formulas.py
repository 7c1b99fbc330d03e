"""Formulas that are right, for `symbols`: the left side is drawn, the right side follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import gcd

from .source import Options, Source, plain

SUPERSCRIPTS = "⁰¹²³⁴"
POWERS = Options("²³", (2, 3))
GREEK = plain(*"αβθ")
FACTORS = Options([f"{number} " for number in range(2, 20)], range(2, 20))
NUMBERS = Options([f"{number})" for number in range(1, 31)], range(1, 31))
ROOTS = Options([f"{number * number} " for number in range(2, 30)], range(2, 30))


def product(source: Source, first: int) -> None:
    """Multiply two numbers and divide by the first."""
    source.say("× ")
    second = source.pick(FACTORS)
    source.say(f"= {first * second} ⇒ {first * second} ÷ {first} = {second}")


def root(source: Source) -> None:
    """Take the root of a square."""
    number = source.pick(ROOTS)
    source.say(f"= {number} ⇒ {number}² = {number * number}")


def derivative(source: Source) -> None:
    """Differentiate a power: the exponent comes down."""
    factor = source.pick(FACTORS)
    variable = source.pick(GREEK)
    power = source.pick(POWERS)
    source.say(f") = {factor * power} {raised(variable, power - 1)}")


def integral(source: Source) -> None:
    """Integrate a power, with the fraction reduced."""
    factor = source.pick(FACTORS)
    variable = source.pick(GREEK)
    power = source.pick(POWERS)
    shared = gcd(factor, power + 1)
    over = "" if shared == power + 1 else f" ÷ {(power + 1) // shared}"
    above = "" if factor == shared else f"{factor // shared} "
    source.say(f" ∂{variable} = {above}{variable}{SUPERSCRIPTS[power + 1]}{over}")


def total(source: Source) -> None:
    """Sum the numbers from 1."""
    last = source.pick(NUMBERS)
    source.say(f" = {last} × {last + 1} ÷ 2 = {last * (last + 1) // 2}")


def always(source: Source) -> None:
    """State what holds for every number."""
    variable = source.pick(GREEK)
    source.say(" ∈ ℝ: ")
    source.pick(_with(variable, LAWS))


def exists(source: Source) -> None:
    """State that some number is on one side of another."""
    variable = source.pick(GREEK)
    source.say(f" ∈ ℝ: {variable} ")
    source.pick(plain("≤ ", "≥ ", "≠ ", "≈ "))
    source.pick(FACTORS)
    source.say("π")


LAWS = ("{}² ≥ 0", "{} ≤ ∞", "{} ≠ {} + 1", "√({}²) ≥ {}", "({} - 1)² ≥ 0", "2 {} = {} + {}")


def _with(variable: str, laws: Sequence[str]) -> Options[str]:
    return plain(*[law.replace("{}", variable) for law in laws])


def raised(variable: str, power: int) -> str:
    """Return a variable to a power, the first power without a sign."""
    return variable if power == 1 else variable + SUPERSCRIPTS[power]


SIGNS = (
    ("√", root),
    ("∂(", derivative),
    ("∫ ", integral),
    ("∑(", total),
    ("∀ ", always),
    ("∃ ", exists),
)

FORMULAS: Options[Callable[[Source], None]] = Options(
    [*(sign for sign, _ in SIGNS), *FACTORS.texts],
    [*(rest for _, rest in SIGNS), *(partial(product, first=first) for first in FACTORS.values)],
    [len(FACTORS.texts)] * len(SIGNS) + [1] * len(FACTORS.texts),
)
"""What each formula begins with, a product with its first factor, and how it goes on."""
