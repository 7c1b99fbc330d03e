"""Four languages as far as the chats of `symbols` speak them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from .source import Options
from .template import split


@dataclass(frozen=True)
class Language:
    """What can be said in a language; `{}` stands for a noun with its adjective.

    Attributes:
        greetings: first lines, each followed by another one.
        nouns: with their articles; the same place means the same thing in every language.
        genders: of each noun, its place among the forms of every adjective.
        adjectives: the forms for each gender.
        phrase: how article, noun and adjective go together.
        questions: what comes before and after the noun.
        answers: whole sentences about the noun.
    """

    greetings: tuple[str, ...]
    nouns: tuple[str, ...]
    genders: str
    adjectives: tuple[tuple[str, ...], ...]
    phrase: str
    questions: tuple[str, ...]
    answers: tuple[str, ...]

    @cached_property
    def phrases(self) -> Options[str]:
        """Every noun with every adjective."""
        texts = [
            self._phrase(noun, forms[int(gender)])
            for noun, gender in zip(self.nouns, self.genders, strict=True)
            for forms in self.adjectives
        ]
        return Options(texts, texts)

    def _phrase(self, noun: str, adjective: str) -> str:
        article, _, bare = noun.partition(" ")
        return self.phrase.format(noun=noun, article=article, bare=bare, adjective=adjective)

    @cached_property
    def asking(self) -> Options[str]:
        """What the questions begin with, and what comes after the noun."""
        parted = [question.partition("{}") for question in self.questions]
        return Options([before for before, _, _ in parted], [after for _, _, after in parted])


FRENCH = Language(
    ("bonjour, ça va ?", "ohé, tu rêves déjà ?", "bonsoir à tous !", "quelle journée, hélas !"),
    split("le_chat le_chien la_fleur le_livre la_montagne la_lune le_poisson le_thé le_feu l'eau"),
    "0010110001",
    (("léger", "légère"), ("préféré", "préférée"), ("âgé", "âgée"), ("enchanté", "enchantée")),
    "{noun} {adjective}",
    ("qui a caché {} ?", "tu préfères {} ?", "as-tu vu {} ?", "c'était {} ?"),
    ("voilà {} !", "j'ai oublié {}.", "{} est à côté du château.", "bientôt {} sera là."),
)

GERMAN = Language(
    ("grüß dich!", "schönen guten tag!", "na, wie geht's?", "hallöchen, schon müde?"),
    split(
        "die_katze der_hund die_blüte das_buch der_berg der_mond der_fisch der_tee das_feuer "
        "das_wasser"
    ),
    "0000000000",
    (("kleine",), ("große",), ("schöne",), ("heiße",), ("süße",)),
    "{article} {adjective} {bare}",
    ("wo bleibt {}?", "gefällt dir {}?", "was kostet {}?", "ist {} für mich?"),
    ("dort drüben ist {}.", "natürlich, {}!", "nein, {} gehört mir.", "mir fehlt {} sehr."),
)

SPANISH = Language(
    ("¡hola! ¿qué tal?", "¡buenos días!", "¿cómo estás?", "¡cuánto tiempo!"),
    split("el_gato el_perro la_flor el_libro la_montaña la_luna el_pez el_té el_fuego el_agua"),
    "0010110001",
    (("pequeño", "pequeña"), ("rápido", "rápida"), ("rojo", "roja"), ("tímido", "tímida")),
    "{noun} {adjective}",
    ("¿dónde está {}?", "¿quién tiene {}?", "¿te gustó {}?", "¿cuándo llega {}?"),
    ("aquí está {}.", "¡sí, {}!", "no, {} no está.", "{} está en el jardín."),
)

CHINESE = Language(
    ("你好!", "好吗?", "大家好!", "在家吗?"),
    split("猫 狗 花 书 山 月 鱼 茶 火 水"),
    "0000000000",
    (("大",), ("小",), ("好",), ("我的",), ("你的",)),
    "{adjective}{noun}",
    ("你喜欢{}吗?", "大家喜欢{}吗?", "是{}吗?"),
    ("我很喜欢{}!", "是{}.", "{}很好!", "{}在家."),
)

LANGUAGES = (FRENCH, GERMAN, SPANISH, CHINESE)
