"""Tales: a hero goes on a journey, is kind to those on the way, and brings something home.

What is said early comes back later: who the hero is (a woman, a man or two people), what was lost,
who lives at home, what is in the bag, and which creature gave which thing against which obstacle.
A model that remembers can foretell all of that; the rest is left to chance, and its surprise is
the floor.
"""

from __future__ import annotations

from .deeds import ORDINALS, USES
from .lexicons import LEXICONS
from .people import BOYS, GIRLS, LADIES, LADY_KIN
from .source import Options, Source
from .tales_end import RULES as END
from .tales_home import ILLNESS
from .tales_home import RULES as HOME
from .tales_road import RULES as ROAD
from .template import Grammar, Notes, parse, plural, split, with_article

GRAMMAR = Grammar(LEXICONS, {**HOME, **ROAD, **END})

PRONOUNS = {
    "she": {"he": "she", "him": "her", "his": "her", "is": "is", "was": "was"},
    "he": {"he": "he", "him": "him", "his": "his", "is": "is", "was": "was"},
    "they": {"he": "they", "him": "them", "his": "their", "is": "are", "was": "were"},
}

WOMEN = frozenset(split(GIRLS + LADIES + LADY_KIN))

NAMES = split(GIRLS + BOYS)
NAME = Options(NAMES, NAMES)

TITLES = Options(
    ("The ", "Of the ", "How the ", "Why the ", "Two ", "How Two "),
    (
        ("hero", " and the "),
        ("hero", " Who Won the "),
        ("hero", " Came by the "),
        ("hero", " Left Home for the "),
        ("heroes", " and the "),
        ("heroes", " Came by the "),
    ),
    (4, 2, 2, 2, 2, 1),
)

DISTANCES = Options(("two", "three", "four"), (2, 3, 4), (4, 3, 1))
"""Days on the road, so many gifts and so many helpers."""

ILL = frozenset(map(parse, ILLNESS))


def tale(source: Source) -> None:
    """Write one tale, with an empty line after it."""
    notes: Notes = {}
    heading(source, notes)
    opening(source, notes)
    ill = trouble(source, notes)
    foods = departure(source, notes)
    helpers = [day(source, notes, ordinal, foods) for ordinal in ORDINALS[: len(foods)]]
    contest(source, notes, helpers)
    homecoming(source, notes, ill)


def refer(notes: Notes, to: str, pronoun: str) -> None:
    """Note how to refer to somebody from now on: `kin_he`, `Kin_he`, `kin_him` and so on."""
    for key, word in PRONOUNS[pronoun].items():
        notes[to + key] = word
        notes[(to + key).capitalize()] = word.capitalize()


def pronoun(word: str) -> str:
    """Return the pronoun for a person."""
    return "she" if word in WOMEN else "he"


def heading(source: Source, notes: Notes) -> None:
    """Write the title, which says whether there is one hero or two."""
    hero, between = source.pick(TITLES)
    GRAMMAR.tell(source, hero, notes)
    source.say(between)
    GRAMMAR.tell(source, "dear", notes)
    source.say("\n\n")
    words = "{trait} {trade}".format_map(notes)
    notes["hero"] = with_article(words) if hero == "hero" else f"two {plural(words)}"
    notes["number"] = hero


def opening(source: Source, notes: Notes) -> None:
    """Say who lived where with whom, and what they were like."""
    GRAMMAR.tell(source, "once", notes)
    christen(source, notes)
    for rule in ("comma", "possessions", "habit", "kinsfolk"):
        GRAMMAR.tell(source, rule, notes)
    refer(notes, "kin_", pronoun(notes["kin"]))
    GRAMMAR.tell(source, "kin_habit", notes)


def christen(source: Source, notes: Notes) -> None:
    """Name the hero or both; one hero's name says which pronouns follow."""
    name = source.pick(NAME)
    if notes["number"] == "hero":
        notes.update(name=name, me="me", my="my", I="I")
        refer(notes, "", pronoun(name))
        return
    source.say(" and ")
    others = [other for other in NAMES if other != name]
    notes.update(name=f"{name} and {source.pick(Options(others, others))}")
    notes.update(me="us", my="our", I="We")
    refer(notes, "", "they")


def trouble(source: Source, notes: Notes) -> bool:
    """Say what made the hero leave; return whether it was an illness."""
    GRAMMAR.tell(source, "weather", notes)
    ill = GRAMMAR.tell(source, "trouble", notes) in ILL
    refer(notes, "foe_", pronoun(notes["foe"]))
    return ill


def departure(source: Source, notes: Notes) -> list[Notes]:
    """Say how far it is, pack one meal a day, and say farewell; return the meals."""
    source.say("It was ")
    days = source.pick(DISTANCES)
    notes["days"] = DISTANCES.texts[DISTANCES.values.index(days)]
    GRAMMAR.tell(source, "seat", notes)
    GRAMMAR.tell(source, "bag", notes)
    foods = [meal(source, notes, last=place == days - 1) for place in range(days)]
    for rule in ("farewell", "advice", "leave"):
        GRAMMAR.tell(source, rule, notes)
    return foods


def meal(source: Source, notes: Notes, *, last: bool) -> Notes:
    """Pack something to eat; return what it is and how it tastes."""
    GRAMMAR.tell(source, "last_meal" if last else "meal", notes)
    # under names of their own, what was packed is not packed twice
    number = sum(key.startswith("food") for key in notes)
    notes[f"taste{number}"], notes[f"food{number}"] = notes.pop("a_taste"), notes.pop("a_food")
    return {"taste": notes[f"taste{number}"], "gift": notes[f"food{number}"]}


def day(source: Source, notes: Notes, ordinal: str, foods: list[Notes]) -> Notes:
    """Tell a day on the road; return what there is to remember of the creature met."""
    source.say(f"On the {ordinal} day ")
    for rule in ("walk", "scene", "extra", "meeting", "request"):
        GRAMMAR.tell(source, rule, notes)
    notes.update(give(source, notes, foods))
    for rule in ("eaten", "token", "spell", "parting"):
        GRAMMAR.tell(source, rule, notes)
    return remember(notes, ordinal)


def give(source: Source, notes: Notes, foods: list[Notes]) -> Notes:
    """Give away one of the meals that are left."""
    GRAMMAR.tell(source, "thanks", notes)
    given = source.pick(Options([f"the {food['taste']} {food['gift']}" for food in foods], foods))
    foods.remove(given)
    return given


HELP = (
    *("friend", "friend_name", "friend_trait", "gift", "token", "token_look"),
    *("barrier", "matter", "use", "magic"),
)
"""What there is to remember of a helper."""


def remember(notes: Notes, ordinal: str) -> Notes:
    """Return the notes on a helper, and keep them too so that no two helpers are alike."""
    notes["magic"] = "{m}{a} {g}{i}{c}".format_map(notes)
    helper = {key: notes.pop(key) for key in HELP}
    notes.update({f"{ordinal} {key}": value for key, value in helper.items()})
    helper["used"] = USES[helper["use"]]
    helper["a_gift"] = with_article(helper["gift"])
    helper["a_friend"] = "{friend_trait} {friend}".format_map(helper)
    return helper


def contest(source: Source, notes: Notes, helpers: list[Notes]) -> None:
    """Tell how the gifts helped, each against its obstacle, and how the foe was answered."""
    GRAMMAR.tell(source, "arrival", notes)
    GRAMMAR.tell(source, "around_it", notes)
    left = list(helpers)
    while left:
        left.remove(overcome(source, notes, left))
    GRAMMAR.tell(source, "foe_at_home", notes)
    source.say('"Who gave you the ')
    tokens = ["{token_look} {token}".format_map(helper) for helper in helpers]
    notes.update(source.pick(Options(tokens, helpers)))
    for rule in ("question", "answer", "beaten", "prize"):
        GRAMMAR.tell(source, rule, notes)


def overcome(source: Source, notes: Notes, helpers: list[Notes]) -> Notes:
    """Come to one of the obstacles that are left; return the helper whose gift opened it."""
    GRAMMAR.tell(source, "obstacle", notes)
    obstacles = ["{barrier} of {matter}".format_map(helper) for helper in helpers]
    helper = source.pick(Options(obstacles, helpers))
    notes.update(helper)
    GRAMMAR.tell(source, "use", notes)
    GRAMMAR.tell(source, "effect", notes)
    return helper


def homecoming(source: Source, notes: Notes, ill: bool) -> None:
    """Tell of the way home, the feast and what became of it all."""
    for rule in ("return", "recovery" if ill else "welcome", "feast", "closing"):
        GRAMMAR.tell(source, rule, notes)
    source.say("\n\n\n")
