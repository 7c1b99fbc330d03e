"""What happens on the way: sights, markets, dreams and the creatures that help."""

RULES = {
    "walk": (
        "{name} [went] [where] [town] and [where] [town]",
        "the way led by [town], [town] and [town]",
        "{he} [went] with [person], who was [feelings], as far as [town]",
        "and [hours], {name} [went] [where] [a sights] [places]",
        "there was nobody on the road but [person] and [counts] [traits] [many animals]",
    ),
    "scene": (
        ". On the left lay [a sights] [places], on the right [a sights] [places]. ",
        ". Above the [trees] flew [counts] [colours] [many animals]; below it [names] the "
        "[animals] [did] [a traits] [animals]. ",
        ". At the fork stood a stone: [nonzero][digits] miles to [town], [nonzero][digits] to "
        "[town]. ",
        ". There grew [colours] [many flowers], [colours] [many flowers] and [a colours] "
        "[flowers]. ",
        ". A [traits] [animals] [went] by and [took] [a looks] [things]. ",
        ". Somebody had lost [a looks] [things], [a looks] [things] and [a tastes] [foods] there. ",
        ". The [weathers] was [airs], the [places] [sights], the [many animals] [feelings]. ",
        ", where [names], [a traits] [trades], was [works] [looks] [many things]. ",
        ". {He} met [person], who [took] [a looks] [things] and [did] [a traits] [animals]. ",
    ),
    "extra": (
        "At the market of [town] {he} saw [counts] [looks] [many things], [colours] "
        "[many flowers], [tastes] [many foods] and [a looks] [things] for [nonzero][digits] "
        "pence.\n",
        "In [town] [person] was selling [tastes] [many foods], and [person] was [works] [looks] "
        "[many things].\n",
        "Outside [town] [counts] [many trades] sat [works] [looks] [many things] and [tastes] "
        "[many foods].\n",
        "That night {he} dreamed of [a animals] that [took] [a looks] [things] and [did] "
        "[person].\n",
        "{He} slept under [a sights] [trees] and dreamed that [counts] [looks] [many things] "
        "[went] [where] [town].\n",
        "At night [a airs] [weathers] [stirred], and {he} lay [feelings], [works] [looks] "
        "[many things] in the dark.\n",
        "For the night [person] lent {him} [a looks] [things], [a looks] [things] and [a tastes] "
        "[foods].\n",
        "Over supper [person] told {him} how [names] of [town] [took] [a looks] [things] and [did] "
        "[a traits] [trades].\n",
    ),
    "meeting": (
        "Behind [a looks] [things] sat [a traits=friend_trait] [animals=friend], [works] [looks] "
        "[many things]. ",
        "Under [a sights] [trees] lay [a traits=friend_trait] [animals=friend], robbed by [names] "
        "of [town]. ",
        "All at once [a traits=friend_trait] [animals=friend] [went] out of [a sights] [places]. ",
        "There {he} met [a traits=friend_trait] [animals=friend] with [a looks] [things] on its "
        "back. ",
        "Caught in [a looks] [things] hung [a traits=friend_trait] [animals=friend]. ",
    ),
    "request": (
        '"Good day, I am [names=friend_name]," it [said] [manners]. "Since [days] I have eaten '
        'nothing but [a tastes] [foods]." ',
        '"Oh, {name}," it [said] and [nodded]. "{foe_name} [took] my [looks] [things], as sure as '
        'I am [names=friend_name]. I am [feelings] and hungry." ',
        'It [nodded]. "Are you not {name} of {head}{tail}? My name is [names=friend_name], and I '
        'am so [feelings] that I could eat [a looks] [things]." ',
        '"Stop!" it [said] [manners]. "I, [names=friend_name], guard this [sights] [places], and '
        'I want my [foods]." ',
    ),
    "thanks": (
        "Though [feelings], {name} gave it ",
        '"Take what you like," [said] {name} [manners]. {friend_name} chose ',
        "So {name} [nodded], untied the {bag} and took out ",
        '"You shall have it," [said] {name}, and handed over ',
    ),
    "eaten": (
        ", and the {friend} [nodded] and ate it up [manners].\n",
        ", which was gone in a moment.\n",
        " and a drink from [a looks] [vessels].\n",
        ". The {friend} ate [manners], and its eyes turned [colours].\n",
    ),
    "token": (
        '"Take this [looks=token_look] [things=token] for it,',
        '"Here is [a looks=token_look] [things=token],',
        '"In my nest I keep [a looks=token_look] [things=token]. It is yours,',
        '"This [looks=token_look] [things=token] was made by [person],',
    ),
    "spell": (
        '" {friend_name} [said] [manners]. "At the [barriers=barrier] of [matters=matter], '
        "[uses=use] it and say [magic]",
        '" it [said]. "If the [barriers=barrier] of [matters=matter] bars your way, '
        "[uses=use] it and say [magic]",
        " {name}. It will open the [barriers=barrier] of [matters=matter] if you [uses=use] it and "
        "say [magic]",
    ),
    "magic": ("[syllables=m][syllables=a] [syllables=g][syllables=i][syllables=c]",),
    "parting": (
        '." And off it [went] [where] [a sights] [places].\n',
        '. And greet [person] from me."\n',
        '. Do not forget!" And it [went] away to [town].\n',
        '!" {name} put the {token} into the {bag} and [went] on, [feelings].\n',
    ),
}
