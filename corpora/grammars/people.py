"""Who the tales are about: names, trades, creatures, and what they are like."""

GIRLS = """
Ada Agnes Alma Amelia Astrid Aurora Barbara Beatrix Bettina Brigid Camilla Carlotta Cecily Clara
Cordelia Dagmar Daphne Delia Dorothea Edith Elinor Elsbeth Emmeline Erna Esther Eudora Fanny
Felicity Fiona Flora Freya Frida Gemma Gerda Gisela Greta Gudrun Gwendolyn Hanna Hedwig Helga
Henrietta Hester Hilda Honora Ida Imogen Ingrid Irma Isolde Ivy Jadwiga Jemima Jocasta Judith Juno
Katrin Kerstin Kunigunde Lavinia Leonora Lilian Linnea Lotte Lucinda Ludmila Mabel Magda Malvina
Margery Marta Matilda Melusine Mildred Minna Mirabel Myrtle Nadia Nell Nerissa Nora Octavia Odile
Olga Ottilie Pamela Penelope Petra Philippa Phoebe Polly Portia Prudence Ragnhild Ramona Rosalind
Rowena Sabina Salome Selma Sibyl Sigrid Solveig Susanna Sylvia Tabitha Tamsin Tatiana Thea Tilda
Una Ursula Vera Verena Viola Vivian Wilhelmina Winifred Xenia Yolanda Yvette Zelda Zora
"""

BOYS = """
Abel Albert Alfred Ambrose Anselm Archibald Arno August Baldwin Barnaby Basil Benedict Bertram
Boris Bruno Caleb Caspar Cedric Clement Conrad Cornelius Cuthbert Cyril Damian Desmond Dirk
Dominic Dunstan Edgar Edmund Egbert Elias Emil Erasmus Ernest Eugene Fabian Felix Ferdinand
Florian Francis Frederick Gabriel Gaston Gerald Gilbert Godfrey Gregor Gunther Gustav Hannes
Harold Hector Henrik Herbert Horace Hubert Hugo Humphrey Ignatius Igor Isaac Ivan Jasper Jerome
Joachim Jonas Julius Justin Kilian Klaus Knut Konstantin Lambert Laurence Leander Leopold Linus
Lorenz Lucas Ludwig Magnus Malcolm Marius Matthias Maurice Maximilian Melchior Milo Mortimer
Nathaniel Nestor Nikolas Norbert Odo Olaf Oliver Orlando Osbert Oswald Otto Pascal Percival
Peregrine Philemon Quentin Ralph Randolf Raphael Reginald Roderick Roland Rufus Rupert Samson
Sebastian Sigmund Silas Simon Stefan Sylvester Tancred Theodore Thorsten Timothy Tobias Tristan
Ulrich Urban Valentin Victor Vincent Wendel Wilfred Wolfgang Xaver Yorick Zacharias Zeno
"""

TRADES = """
acrobat actor agent archer artist bailiff baker barber bargee beadle beekeeper boxer brewer broker
builder butcher captain carpenter carter carver chandler clerk clown coachman cobbler collier cook
cooper courier cutler dancer diver doctor dollmaker doorman draper driver drover drummer dyer
editor farmer farrier ferrier fiddler fisher flutist forester fuller furrier gardener gilder
glazier glover goatherd goldsmith gooseherd grocer groom guard guide harper hatter hawker herald
hosier hunter innkeeper jester jeweler joiner judge juggler lacemaker lampmaker lawyer locksmith
maid marshal mason merchant messenger miller miner minstrel musician nanny nurse organist page
painter peddler pilot piper planter ploughboy plumber poet porter postman potter priest printer
puppeteer quilter ranger reaper reeve roofer ropemaker saddler sailor sawyer scholar scout scribe
sexton shepherd singer skinner smith soldier spinner spy stargazer steward student surgeon tailor
tanner tenor thatcher tiler tinker toymaker trader trumpeter turner usher valet vicar waggoner
waiter warden weaver woodman writer
"""

TRAITS = """
amiable anxious awkward bad bald bashful big blind blonde bold bossy brave busy calm cautious
charming cheerful clever clumsy courteous crafty curious daring dignified drowsy dumpy eager
earnest elegant energetic fair faithful fearless fine forgetful frail freckled friendly frugal
generous gentle gifted glum good graceful grand grateful grave great greedy gruff grumpy handsome
harsh helpful honest hopeful huge humble hungry idle impatient jolly keen kind lanky late lazy
lean little lively lonely loud loving loyal mad mean meek merry modest musical mute naive nervous
nice nimble noble obedient observant odd old orphaned outspoken pale patient peaceful pert pious
plain plump polite poor prim proud prudent pure quaint quiet rash reliable restless rich rough
rude sad scrawny sensible serious shrewd shy silent sleepy slender sly small smug sober spry squat
stern stout strict strong stubborn sturdy sulky sweet talkative tall tame tender thin thrifty tidy
timid tiny tireless tough trusting truthful unlucky vague vain wandering weak weird wild wily wise
witty young zany
"""

ANIMALS = """
adder ant ape auk badger bat bear beaver bee bittern blackbird boar bream buck bug bull bumblebee
butterfly buzzard calf camel carp cat chaffinch chicken cob cock colt cormorant cow crab crane
cricket crocodile crow cuckoo cur deer doe dog donkey dove dragonfly drake duck eagle eel elk
elver ewe falcon fawn ferret finch firefly fish fly foal fowl fox frog gander gecko gnat goat
goldfinch greyhound grub gull hamster hare hart hawk hedgehog hen heron hind hog hoopoe hornet
horse hound hyena ibex jackal jackdaw jay jellyfish kangaroo kestrel kid kite kitten koala
ladybird lamb lapwing lark leopard linnet lion lizard llama loach lobster lynx magpie mare marmot
marten merlin mink mole monkey moose moth mule mynah newt nuthatch osprey ostrich otter owl panda
panther parrot partridge peacock pelican perch pheasant pig pike pony porcupine puma pup quail
rabbit ram rat raven rhino roach robin rook rooster ruff salmon sandpiper seagull seahorse seal
shark shrew shrike skunk skylark slug snail snake snipe sow sparrow spider sprat squirrel stag
starling stoat stork swallow swan swift tadpole tench tern thrush tiger toad tortoise toucan trout
turkey turtle viper vole vulture wagtail walrus warbler wasp weasel whale wildcat wolfhound
woodcock worm wren yak zebra
"""

LADIES = """
duchess empress enchantress fairy fortune-teller mermaid_queen moon_empress old_queen prioress
snow_queen sorceress tsarina witch
"""

LORDS = """
alchemist baron bishop count dragon emperor giant goblin_king hermit king knight magician mayor
ogre prince robber_captain sea_king sultan troll wizard
"""

FEELINGS = """
alarmed amazed amused ashamed bitter calm careful certain cold comforted cross delighted downcast
enchanted exhausted flattered furious glad grieved happy homesick indignant jealous joyful lost
lucky miserable moved offended overjoyed perplexed pleased puzzled relieved reluctant sad
satisfied sorry startled surprised tired touched troubled uneasy unhappy wary weary worried
"""

MANNERS = """
absently anxiously awkwardly badly bitterly blandly blindly boldly bravely briefly brightly busily
calmly carefully clearly coldly crossly curiously curtly daftly deeply dimly dreamily drily dully
eagerly earnestly evenly faintly fairly fiercely finely firmly flatly fondly frankly freely gaily
gently gladly gloomily glumly grandly gravely grimly gruffly happily hastily heartily helpfully
hoarsely honestly hopefully hotly humbly joyfully keenly kindly lamely lazily lightly loftily
loudly madly meanly meekly merrily mildly neatly nervously nicely nobly oddly palely patiently
pertly plainly playfully politely primly proudly purely quickly quietly rashly readily richly
rudely sadly sanely sharply shyly simply sleepily slowly slyly smugly soberly softly solemnly
sourly sternly stiffly stoutly suddenly sulkily sweetly tamely tartly tenderly tersely thickly
thinly timidly uneasily vaguely vainly wanly warily warmly weakly wearily wildly wisely wistfully
wittily wryly
"""

SAID = """
added admitted answered began boasted called chirped confessed cried croaked declared exclaimed
explained groaned growled grumbled hummed laughed moaned mumbled murmured muttered observed piped
remarked replied said shouted sighed snapped sobbed squeaked stammered wailed whimpered whispered
yawned
"""

NODDED = """
blinked bowed coughed curtsied frowned grinned hesitated hiccupped nodded paused shivered shrugged
smiled sneezed sniffed stretched swallowed trembled winked
"""

LADY_KIN = """
aunt daughter elder_sister foster-mother godmother grandmother great-aunt mother niece stepmother
twin_sister wife younger_sister
"""

LORD_KIN = """
brother father foster-father godfather grandfather great-uncle nephew stepfather schoolmaster
teacher uncle
"""

RULERS = """
admiral chancellor envoy general governor herald judge margrave marshal minister provost regent
seneschal sheriff treasurer warlord
"""

FOE_NAMES = """
Abraxas Arkun Balthor Bezel Brakka Carnok Cruxor Dragomir Drusk Erebor Ezzelin Fafnik Fenrik
Galgol Gorgon Grimbold Hagrun Harpax Ixion Izmar Jorg Kazimar Kraken Krull Lazar Lorgan Malkin
Mordak Morgrim Nargol Nixal Orcus Ozmar Pikkor Pyrrhus Quillon Quorl Ragnok Rumpel Scarab Skadi
Skorn Tarkus Thrum Torvald Ulgar Umbra Vargas Vorn Wexel Wolmar Xanthos Yagga Zarkon Zirkel
"""
