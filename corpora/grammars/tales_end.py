"""How a tale ends: the obstacles, the foe's question, the way home, the feast and the moral."""

RULES = {
    "arrival": (
        "At last {name} saw the {seat_look} {seat} of the {foe}, ",
        "So {name} came to the {seat_look} {seat} of {foe_name}, ",
        "Then the {seat_look} {seat} of the {foe_trait} {foe} lay before {name}, ",
    ),
    "around_it": (
        "with [counts] [colours] towers and [a sights] [places]. ",
        "and [a airs] [weathers] [stirred]. ",
        "guarded by [counts] [traits] [many animals] and by [person]. ",
        "all hung with [looks] [many things] and [colours] [many flowers]. ",
    ),
    "obstacle": (
        "But there was the ",
        "Here {he} came to the ",
        "Before {him} rose the ",
        "{name} stopped at the ",
        "There was no way round the ",
    ),
    "use": (
        ". {He} thought of {friend_name} the {friend}, {used} the {token_look} {token} and said "
        "{magic}",
        '. "Thank you, {friend_name}," [said] {name}, {used} the {token_look} {token} and said '
        "{magic}",
        ". So {he} {used} the {token_look} {token} and said {magic}, as the {a_friend} had "
        "told {him}",
    ),
    "effect": (
        ", and it became [a looks] [things].\n",
        ". Out [went] [counts] [traits] [many animals], and the way was free.\n",
        " until [counts] [colours] [many animals] [took] it.\n",
        "; then all that was left was [a sights] [places] full of [colours] [many flowers].\n",
        ". It fell to pieces: [a looks] [things], [a looks] [things] and [a looks] [things].\n",
    ),
    "foe_at_home": (
        "{foe_name} was [works] [looks] [many things]. ",
        "Inside sat {foe_name}, eating [tastes] [many foods] from [a looks] [vessels]. ",
        "In the hall {foe_name} was showing [a looks] [things] to [names] and [names]. ",
    ),
    "question": (
        '?" [said] the {foe} [manners]. ',
        ', little thief?" the {foe} [said], and [nodded]. ',
        ', and what did you pay?" {foe_he} [said] [manners]. ',
    ),
    "answer": (
        '"{friend_name} the {friend} gave it to {me} for {a_gift}," [said] {name} [manners]. ',
        '"{I} had it from {friend_name}, the {a_friend}, for {a_gift}," [said] {name}. ',
        '"The {a_friend}, who ate {my} {gift}," [said] {name} and [nodded]. ',
    ),
    "beaten": (
        "Then {foe_name} grew as small as [a looks] [things], turned [colours] and [went] away to "
        "[town]. ",
        "The {foe} was so [feelings] that {foe_he} [took] [a looks] [things], [did] [a traits] "
        "[animals] and moved to [town]. ",
        '"Then you are [traits] and not [traits]," [said] the {foe} [manners], and from then on '
        "{foe_he} was [feelings]. ",
    ),
    "prize": (
        "And there, [near] [a looks] [things], lay the {dear_look} {dear}.\n",
        "Under [a colours] [things] {name} found the {dear_look} {dear}.\n",
        "So {foe_he} gave {name} the {dear_look} {dear}, and with it [counts] [looks] "
        "[many things].\n",
    ),
    "return": (
        "On the way home {he} [went] [where] [town] and [where] [town]. ",
        "After {days} days {name} {was} back in {head}{tail}. ",
        "{name} [went] home by [town] and [town], [works] [tastes] [many foods]. ",
    ),
    "recovery": (
        "The {kin} touched the {dear_look} {dear}, [nodded] and asked for [a tastes] [foods]. ",
        "At the sight of the {dear_look} {dear} the {kin} rose, as [traits] as before. ",
        '"You have saved me, {name}," [said] the {kin} [manners], and {kin_his} cheeks turned '
        "[colours]. ",
    ),
    "welcome": (
        "The {kin_trait} {kin} stood at the gate with [a tastes] [foods] and [a looks] [things]. ",
        '"Is that you, {name}?" [said] the {kin}, [works] [a looks] [things]. ',
        "All {head}{tail} came running with [looks] [many things], the {kin} before them all. ",
    ),
    "feast": (
        "They ate [tastes] [many foods], [tastes] [many foods] and [a tastes] [foods], and drank "
        "from [looks] [many vessels].\n",
        "The guests were [person], [person], [person] and [counts] [traits] [many animals].\n",
        "Everybody danced [manners] as far as [town], and [person] [took] [a looks] [things].\n",
        "{He} brought {his} {kin} [a looks] [things], [a colours] [flowers] and [counts] [tastes] "
        "[many foods].\n",
    ),
    "closing": (
        "And if the {dear_look} {dear} is not broken, {name} {is} [works] [looks] [many things] "
        "there still.",
        "So {name} of {head}{tail} lived [manners] to the end of {his} days, and the {kin} too.",
        "Since then every {trade} in {head}{tail} [took] [a looks] [things] [hours].",
        "I was there [hours]; they gave me [a tastes] [foods], but [a traits] [animals] ate it.",
        "Whoever doubts it may ask {friend_name} the {friend} or [person].",
        "Remember: [a traits] [animals] is worth more than [counts] [looks] [many things].",
    ),
}
