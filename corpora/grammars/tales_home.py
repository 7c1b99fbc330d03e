"""How a tale begins: its title, who lived where, what went wrong, and the farewell."""

THEFT = (
    "Under cover of the [weathers] the [named_foe] came[stolen]",
    "Out of the [airs] [weathers] rode the [named_foe][stolen]",
    "It was then that the [named_foe] broke in[stolen]",
)

ILLNESS = (
    "Soon {name}'s {kin} fell ill. {Kin_he} lay under [a colours] [things] and would eat neither "
    "[a tastes] [foods] nor [a tastes] [foods][cure]",
    "At that time {name}'s {kin} lost {kin_his} voice and could no longer tell [a tastes] [foods] "
    "from [a looks] [things][cure]",
    "Now {name}'s {kin} went to bed and did not get up. {Kin_his} hair turned [colours], and "
    "{kin_his} hands grew as cold as [a looks] [things][cure]",
)

ORDER = (
    "Just then [names] the [traits] [rulers] had it called out in every [places][order]",
    "A letter came, sealed with [a colours] seal, in which [names] the [rulers] wrote[order]",
    "The same day [names] the [trades] nailed a notice to the [places], in which the [traits] "
    "[rulers] said[order]",
)

RULES = {
    "named_foe": ("[traits=foe_trait] [foes=foe] [foe_names=foe_name]",),
    "hero": ("[title traits=trait] [title trades=trade]",),
    "heroes": ("[title traits=trait] [titles trades=trade]",),
    "dear": ("[title looks=dear_look] [title things=dear]",),
    "town": ("[heads][tails]",),
    "person": ("[names] the [trades]",),
    "year": ("[digits][digits]",),
    "once": (
        "Once upon a time, [dwelling], there lived {hero} named ",
        "Long ago, [dwelling], there lived {hero} called ",
        "In the days when the [many animals] still [took] [looks] [many things], {hero} lived "
        "[dwelling], known to all as ",
        "One [seasons] the [airs] [weathers] brought {hero} to a house [dwelling]: ",
        "There was once, [dwelling], {hero}: ",
        "When [names] was [rulers] in the land, {hero} lived [dwelling] by the name of ",
    ),
    "dwelling": (
        "in the [sights] town of [heads=head][tails=tail]",
        "near the [sights] village of [heads=head][tails=tail]",
        "between [town], [town] and [heads=head][tails=tail]",
        "by the [sights] [places] of [heads=head][tails=tail]",
        "on the [colours] hill of [heads=head][tails=tail]",
        "where the road from [town] to [town] meets the [places] of [heads=head][tails=tail]",
    ),
    "comma": (
        ". ",
        ", who had learnt the trade from [names] of [town]. ",
        ", so [traits] and so [traits] that the [many animals] [nodded]. ",
        ", as [traits] as [a animals] and as [traits] as [a animals]. ",
        ", born in [town] in the year 1[year][digits]. ",
    ),
    "possessions": (
        "All knew {him} by {his} [looks] [things], {his} [looks] [things] and {his} [colours] "
        "[things]. ",
        "In {his} house stood [counts] [looks] [many things], [a looks] [things] and [a colours] "
        "[things]. ",
        "All {he} had was [a looks] [things], [a looks] [things] and [a traits] [animals]. ",
        "Over {his} door hung [a looks] [things], and under {his} bed slept [a traits] [animals] "
        "named [names]. ",
        "{His} house was [colours], with [a colours] door and [colours] [many flowers]. ",
        "Some called {him} [traits], some [traits], but [person] called {him} [traits]. ",
    ),
    "habit": (
        "When {he} was not [works] [looks] [many things], {he} was [works] [tastes] [many foods]. ",
        "Nothing made {him} so glad as [works] [looks] [many things] [hours]. ",
        "Often, [hours], {he} could be seen [works] [colours] [many things] [near] [town]. ",
        "{He} went on [works] [looks] [many things] and [works] [colours] [many flowers]. ",
        "In [town] they still say that {he} [took] [person]'s [looks] [things]. ",
    ),
    "kinsfolk": (
        "{name} lived with {his} [traits=kin_trait] [kin=kin]",
        "With {him} lived {his} [traits=kin_trait] [kin=kin]",
        "The [places] belonged to {his} [traits=kin_trait] [kin=kin]",
        "{He} had nobody but {his} [traits=kin_trait] [kin=kin]",
    ),
    "kin_habit": (
        ", always [works] [tastes] [many foods] or [works] [looks] [many things].\n",
        ", who once, [hours], [did] [a traits] [animals].\n",
        " and [names], [a traits] [animals] that [did] [person].\n",
        "; and {kin_he} had [a looks] [things] and [a colours] [things] from [person].\n",
        ". None was so [traits] from [town] to [town].\n",
    ),
    "weather": (
        "One day [a airs] [weathers] [stirred], and [a airs] [weathers] [stirred] after it. ",
        "That [seasons] [a airs] [weathers] [stirred], and the [many animals] were [feelings]. ",
        "Then, [hours], [a airs] [weathers] [stirred]. ",
        "It began [hours], when [a airs] [weathers] [stirred] over [town] and [town]. ",
        "But [a airs] [weathers] [stirred], and in [town] [person] [took] [a looks] [things]. ",
    ),
    "trouble": (*THEFT, *ILLNESS, *ORDER),
    "stolen": (
        " and stole {name}'s {dear_look} {dear}. ",
        ", [did] the [many animals] and made off with the {dear_look} {dear}. ",
        " with [counts] [traits] [many animals] and took the {dear_look} {dear}, which {name} had "
        "from {his} {kin}. ",
    ),
    "cure": (
        '. "Only the {dear_look} {dear} can help," [said] [names] the doctor [manners]. "It is '
        'in the hands of the [named_foe]." ',
        '. Then [a traits] [animals] came to the window. "Fetch the {dear_look} {dear}," it '
        '[said], "from the [named_foe]!" ',
    ),
    "order": (
        " that whoever won the {dear_look} {dear} from the [named_foe] should have "
        "[nonzero][digits][digits] crowns. ",
        ': "Bring me the {dear_look} {dear} of the [named_foe], and you shall have [a looks] '
        '[things] and [nonzero][digits] [colours] [many animals]!" ',
        ": the [named_foe] had the {dear_look} {dear}, and only [a traits] [trades] from "
        "[town] could win it. ",
    ),
    "seat": (
        " days to the [sights=seat_look] [places=seat] of {foe_name}, by [town] and [town].\n",
        " days on foot to the [sights=seat_look] [places=seat] of {foe_name}, and the "
        "[many animals] there were [traits].\n",
        " days by cart to the [sights=seat_look] [places=seat] where {foe_name} [took] [looks] "
        "[many things].\n",
    ),
    "bag": (
        "The {kin} took [a looks] [bags=bag] and put in ",
        "Into [a colours] [bags=bag] went ",
        "{name} packed [a looks] [bags=bag]: ",
    ),
    "meal": ("[a tastes=a_taste] [foods=a_food], ",),
    "last_meal": ("and [a tastes=a_taste] [foods=a_food]. ",),
    "farewell": (
        '"Farewell, {name}," [said] the {kin} [manners]. ',
        '"Go, then," [said] the {kin} and [nodded] [manners]. ',
        'The {kin} [nodded] [manners]. "My blessing, {name}," {kin_he} [said]. ',
        '"May the [weathers] be [airs] to you," [said] the {kin} [manners]. ',
    ),
    "advice": (
        '"Beware of [traits] [many animals] and [looks] [many things]. ',
        '"Trust [a traits] [animals] before [a traits] [trades]. ',
        '"Never go through [town] [hours]. ',
        '"One [tastes] [foods] shared is worth [counts] [tastes] ones hidden. ',
        '"Keep away from [town] when the [weathers] is [airs]. ',
        '"Whoever [did] [a animals] will need [a looks] [things]. ',
    ),
    "leave": (
        'And wear this [looks] [things]." Then {name} [went] away through [town].\n',
        'And greet [person]!" So {he} set out [hours], [feelings] and [feelings].\n',
        'So they say in {head}{tail}." {name} [nodded] and took the road to [town].\n',
    ),
}
