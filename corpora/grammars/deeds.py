"""What happens in the tales: comings and goings, work, weather, days and numbers."""

WENT = """
ambled bolted bounced bustled came capered climbed crawled crept cycled danced dashed drifted
edged fled flew flitted galloped glided hastened hiked hobbled hopped hurried jogged jumped leapt
limped loped lurched marched meandered moved paced pattered plodded pranced raced ran reeled
roamed rode rolled rowed rushed sailed sallied sauntered scrambled shot shuffled sidled skipped
slid slipped slouched slunk sneaked sped staggered stamped stole stormed strayed strode strolled
stumbled swam swept swung tiptoed toiled tore tramped travelled trooped trotted trudged waddled
walked waltzed wandered whirled
"""

WHERE = """
across along around away_from beyond into out_of over round_and_round straight_through through
toward
"""

WORKS = """
admiring arranging baking bartering bending blessing boiling borrowing breaking building buying
carving chasing cleaning comparing cooking copying counting curing cutting darning designing
drawing dropping dusting eating emptying examining fetching finding fixing folding forging
gathering gilding giving greasing guarding hiding hiring inventing juggling knitting labelling
lacing lending lifting loading measuring melting mending missing naming oiling packing painting
pawning peeling piling planing playing polishing praising repairing restoring ruining saving
selling sewing shaking shining singing sketching slicing soaking solving sorting sowing spoiling
stacking stirring studying swapping sweeping tasting testing throwing tuning turning twisting
tying unpacking valuing warming washing wasting weighing wetting whittling winding winning wiping
wrapping
"""

DID = """
admired adored amused beat bit blamed blessed bored bothered called carried caught chased claimed
comforted cured cursed drew envied feared fed flattered followed fooled forgave fought found
greeted guarded hailed hated heard held helped hid hired hit hugged hunted ignored imitated
invited kept kicked kissed led lost loved married met mimicked missed mocked nipped nursed obeyed
outwitted owed paid painted passed pitied praised prodded pushed raised rescued robbed sang_to
saved scolded served sketched sought spied spoilt startled stopped stroked stung taught teased
thanked tired told_off took_in touched trained tricked tried trusted used visited warned watched
wed woke won wooed
"""

TOOK = """
ate bent blew borrowed bought broke built buried burnt burst cast chewed chose cleaned copied
counted cut decorated drank drew dropped dug emptied fetched filled flew forgot found guarded held
hid hurled juggled kept knitted laid licked lifted liked lit lost made mended nailed oiled opened
owned packed painted pawned played pocketed polished raised rang read repaired robbed rode rubbed
sang sat_on sent sharpened shook shut slid smashed sold spilled split spun stole stood_on sucked
swallowed swapped swung tied tore towed traded tuned unpacked unwrapped used wanted washed wed
weighed wiped won wore wound wove
"""

WEATHERS = """
blizzard breeze cloud downpour drizzle fog frost gale hailstorm haze mist rain shower sleet snow
squall storm thunder whirlwind wind
"""

AIRS = """
bitter black bleak blustery bright brisk clear cold cool cruel damp dazzling dense dreadful fierce
fine fresh gentle gloomy golden grim harsh heavy howling icy leaden light mild milky pale
persistent pleasant pouring raw relentless savage sharp silver soft steady strange sudden sweet
terrible thick threatening unexpected violent warm weak wet white wild
"""

STIRRED = """
beat_down blew_in broke came_up drew_near faded fell followed gathered grew_stronger
hung_in_the_air lay_over_the_land lifted moved_off passed reached_the_coast rolled_in rose set_in
settled_down spread swept_in travelled_north vanished waited wandered_south weakened
"""

COUNTS = """
two three four five six seven eight nine ten eleven twelve thirteen twenty forty a_hundred
a_thousand
"""

HOURS = """
after_breakfast after_dinner after_sunset all_afternoon all_night at_cock-crow at_daybreak at_dusk
at_first_light at_midday at_midnight at_noon at_sunrise at_sunset before_breakfast before_dawn
before_dinner before_supper by_candlelight by_moonlight by_starlight early_in_the_morning
in_the_evening in_the_middle_of_the_night late_at_night late_in_the_afternoon on_Friday on_Monday
on_Saturday on_Sunday on_Thursday on_Tuesday on_Wednesday on_a_holiday on_market_day
on_Midsummer_Eve on_New_Year's_Day on_washing_day one_evening one_morning toward_evening
toward_morning
"""

NEAR = """
at_the_edge_of behind below beside close_to deep_in far_from in_front_of in_the_middle_of near
not_far_from on_the_other_side_of opposite outside
"""

BARRIERS = """
arch bridge cave cliff corridor curtain desert ditch door fence forest gate hedge hill hole lake
labyrinth maze mountain net pillar pit river road sea staircase swamp thicket tower tunnel valley
wall waterfall web whirlpool
"""

MATTERS = """
amber ash bees bones brambles briars broken_mirrors bronze clay coal cobwebs copper crystal
daggers dust echoes eyes feathers fire flint frogs glass gold honey ice iron ivy jam keys knots
laughter lead leeches locks marble moonlight mud music nails needles nettles pepper quicksilver
riddles roots ropes rust salt sand scissors shadows silver slime smoke snakes soap sparks steam
stones swords tar teeth thistles thorns thunder tin toads voices wasps whispers wind
"""

USES = {
    "bang": "banged", "bend": "bent", "bite": "bit", "breathe on": "breathed on", "bury": "buried",
    "drop": "dropped", "hide": "hid", "kick": "kicked", "kiss": "kissed", "knock on": "knocked on",
    "lick": "licked", "lift": "lifted", "polish": "polished", "press": "pressed", "ring": "rang",
    "rub": "rubbed", "scold": "scolded", "scratch": "scratched", "shake": "shook",
    "sing to": "sang to", "sit on": "sat on", "spin": "spun", "squeeze": "squeezed",
    "stroke": "stroked", "swing": "swung", "tap": "tapped", "throw": "threw", "tickle": "tickled",
    "turn": "turned", "whisper to": "whispered to", "wink at": "winked at",
}  # fmt: skip
"""What one does with a magic thing, now and in the past."""

ORDINALS = ("first", "second", "third", "fourth")

DAYS = "Friday Monday Saturday Sunday Thursday Tuesday Wednesday"

SEASONS = "autumn spring summer winter"

BAGS = "bag basket bundle haversack knapsack pouch rucksack sack satchel"
