"""What the tales are full of: things to carry, to eat, to look at, and how they look."""

THINGS = """
abacus adze almanac amulet anchor anvil apron arrow awl axe bag ball banner barrel basin basket
bath bead beaker bed bell belt bench bib bin birdcage blanket bonbon bonnet book boot bottle bowl
box bracelet brick bridle brooch broom brush bucket buckle button cage cane cape card carpet cart
case casket cauldron chain chair chalice charm chest chime chip clarinet clasp cloak clock clog
cloth coat coil coin collar comb compass cork cot cradle crate crayon crown crutch cube cup curl
cushion dagger desk disc dish doll drill drum dustpan earring eyeglass fan feather fiddle file
flag flask fleece flute footstool fork funnel garland gem globe glove goblet gong gown grate
hairpin hammer harness harp hat helmet hinge hoe hood hook hoop horseshoe hourglass inkwell jar
jewel jug kerchief kettle key knapsack knife knob ladder ladle lamp lantern lasso leash lens
letter lever lid lock loom lute magnet mallet map mask mat medal mirror mitten mortar mousetrap
mug nail napkin necklace needle nest notebook nut oar overcoat paddle pail palette pan parasol
parcel pebble pen petticoat picture pillow pin pipe pitcher plank plate plough plume poster pouch
prism pump puppet purse quill quilt quiver rack rake rattle razor ribbon ring robe rod rope rudder
rug ruler sack saddle sail sash satchel saucer saw scale scarf sceptre screw scroll seat shawl
sheet shield shirt shoe shovel shutter sickle sieve slate sled sleigh slipper snuffbox sock spade
spindle spool spoon spur stamp stick stilt stool stove strap string suit sundial swing switch
sword table tankard tape teapot telescope thimble tile tinderbox torch toy trap tray trowel
trumpet trunk tub umbrella urn vase veil vest vial violin waistcoat wallet wand washboard wheel
whetstone whip whisk whistle wick wig wishbone wreath yarn yoke zither
"""

LOOKS = """
amber ancient bad battered beaded beautiful bent big black blue blunt bone borrowed brass bright
broad broken bronze brown carved chalk cheap checkered chipped clean coarse cold copper coral cork
costly cosy cracked crimson crooked crystal curious cute dainty damp dark deep dented dim dirty
dry dull dusky dusty ebony emerald empty enamelled engraved enormous faded fancy felt fine flat
floppy foreign forgotten fragile frayed gilded glass gleaming glossy golden good graceful greasy
green grey handsome hard heavy hideous high hollow huge humble icy inlaid iron ivory jade jewelled
knotted lace large leaden light little long lopsided lost low mad magic marble matchless mended
milky mouldy musty narrow neat new nice oaken odd oily orange painted pale paper patched pearl
perfect pewter pink plain plush polished poor porcelain precious pretty priceless purple quaint
rare raw red rich rickety ripe rosy rough round royal ruby rude rusty sad safe sapphire scarlet
scratched secret shabby sharp shining short shrunken silken silver simple singing sleek slender
small smooth sooty sore sour spare spotted square stolen stout strange straw striped sturdy sweet
tall tame tarnished tattered thick thin tight tin torn turquoise twisted ugly useful valuable
varnished velvet violet walnut warm warped waxen wet white wide wooden woollen worn worthless
wrought wry yellow zinc
"""

FOODS = """
almond apple apricot artichoke bagel bean beetroot berry biscuit brownie bun burger cabbage cake
carrot cheese chestnut cucumber date doughnut dumpling egg fig flan flapjack fritter fruitcake
grape haddock ham hazelnut herring honeycomb jelly kipper leek lemon lettuce lime loaf lobster
macaroon mango meatball melon mint muffin mushroom nut oatcake olive onion orange oyster pancake
papaya parfait parsnip pastry peach pear pickle pie pineapple pizza plaice plum potato prawn
pretzel pudding pumpkin quince radish roll rusk sandwich sausage scone shallot shrimp snack steak
stew strudel sugarplum swede syrup tart tomato trifle truffle turnip wafer waffle yam
"""

TASTES = """
big bitter bland bold brown bruised burnt buttery chewy cold cool crisp crumbly crunchy cured dear
delicious dried dry dull enormous fat fine fluffy fragrant fresh frozen greasy great green gritty
hard hot huge jolly juicy large leftover light limp little lovely moist mouldy neat new nibbled
nice oily old pale peppery perfect pickled plain plump pure rare raw red rich ripe roasted round
runny salty scorched sharp sliced small smelly smoked soft soggy solid sour spicy spotty squashed
stale sticky strong sugared sugary sweet tart tasty tender thick thin tiny tough warm white whole
withered wonderful yellow
"""

PLACES = """
abbey alley attic avenue bakery barn bay beach bog bridge brook canal castle cathedral cavern
cemetery chapel cliff cloister convent copse courtyard dairy desert ditch dockyard farm fen field
fjord ford forest fortress fountain garden gate glacier glade gorge graveyard grotto grove hamlet
harbour hayfield heath hedge hill hollow inn island jungle labyrinth lagoon lake lane library
marsh maze meadow mill mine moat monastery moor mountain nunnery oasis orchard palace park pasture
path pavilion plain plateau pond pool prison quarry quay ravine reef ridge river road rock ruin
sandbank sawmill school shore smithy spring square stable stairway steppe stream street swamp
tavern temple thicket tollgate tower town tunnel vale valley viaduct village vineyard volcano
waterfall well windmill workshop yard
"""

SIGHTS = """
abandoned airy ancient bald bare barren beautiful big black bleak blooming blue boggy bright broad
brown bustling calm chalky chilly clear cobbled cold cool cosy crooked crowded crumbling damp dark
deep deserted dim distant dreary drowsy dry dull dusky dusty echoing empty enchanted endless
fabled fair far flat flooded flowery foggy forgotten fragrant fresh frosty frozen ghostly gloomy
golden grand grassy green grey grim haunted hidden high holy hot huge humid hushed icy inky jagged
lamplit large leafy lonely long lost loud low lush marshy mighty mild misty moonlit mossy muddy
murky nameless narrow near neglected nether new nice noisy old open overgrown pale peaceful
perilous pretty proud pure quiet rainy red reedy rich roaring rocky rough round ruined rural
rushing sad safe salty sandy scenic secret shadowy shady shallow sheer sheltered silent silvery
sleepy slim slippery small smoky snowy soft solitary sombre spare sparse stately steep still stony
stormy strange sunken sunny swampy tall tame thorny tidy tiny tranquil treeless unknown upper vast
warm weedy wet wide wild winding windswept wintry wooded woody
"""

HEADS = """
Alder Amber Apple Ash Badger Barley Beech Bell Birch Black Bram Bree Broad Brook Castle Cherry
Clay Clover Cold Copper Corn Cran Crow Deep Dunn Ebb Elder Elm Ember Fair Falcon Fern Flax Fox
Frost Gander Glen Gold Goose Gran Green Grim Hare Hawk Hazel Heather High Holly Honey Hop Iron Ivy
Juniper Kings Lark Lime Linden Little Long Lost Maple Marl Mill Moon Moss Nether North Oak Otter
Owl Pear Pine Plum Quarry Queens Raven Red Reed Rook Rose Rush Rye Salt Sand Shepherd Silver Sloe
Snow South Star Stone Sun Swan Thistle Thorn Under Upper Vine Wether White Wild Willow Winter Wolf
Wood Yarrow
"""

TAILS = """
bridge brook burn bury by chester combe cross dale den down fall field ford gate grove ham haven
hill holm hurst ley mere mill minster moor mouth ness pool port ridge shaw stead stoke stow thorpe
ton vale wall water well wich wick wold worth
"""

TREES = """
alder almond_tree apple_tree ash beech birch cedar chestnut_tree crab-apple_tree cypress
elder_bush elm fir gooseberry_bush hawthorn hazel_bush holly_bush juniper larch lilac_bush
lime_tree magnolia maple medlar mulberry_tree oak olive_tree pear_tree pine plane_tree plum_tree
poplar quince_tree rose-bush rowan spruce sycamore thorn-bush walnut_tree willow yew
"""

FLOWERS = """
anemone aster bluebell buttercup carnation clover columbine cornflower cowslip crocus daffodil
dahlia daisy dandelion forget-me-not foxglove fuchsia gentian geranium harebell hollyhock
honeysuckle hyacinth iris jasmine_flower larkspur lavender_sprig lily lupin marigold meadow-sweet
nettle orchid pansy peony periwinkle poppy primrose snapdragon snowdrop sunflower thistle tulip
violet wallflower water-lily
"""

COLOURS = """
amber apricot azure black blue bronze brown copper cream crimson emerald gold green grey indigo
ivory lilac mauve mustard olive orange peach pearl pink plum purple saffron salmon sapphire
scarlet silver tawny turquoise vermilion violet white yellow
"""

VESSELS = """
barrel basin beaker bottle bowl bucket cauldron chalice cup dish flask glass goblet jar jug kettle
ladle mug pail pitcher saucer spoon tankard teapot thimble tub vase vat
"""
