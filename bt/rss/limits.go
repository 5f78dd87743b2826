package rss

// Bounds on a feed.
const (
	// MaxSize is the longest feed in bytes, as it comes and as UTF-8: 5,000 items of 1.6 KiB.
	MaxSize = 8 << 20
	// MaxDepth is how deep elements may nest. Feeds need 7; pages in an Atom content some more.
	MaxDepth = 64
	// MaxToken is the longest tag, text or comment in bytes. The worst of it is a tag of attributes that take 5 bytes
	// each there and 50 in memory: 10 MiB.
	MaxToken = 1 << 20
	// MaxItems is how many items of a feed are read; the rest, older by custom, is left out.
	MaxItems = 5_000
	// MaxElements is the most elements of one item, descriptions apart. Real ones have up to 40.
	MaxElements = 1_000
	// MaxCategories is how many categories of an item are kept.
	MaxCategories = 64
	// MaxText is the longest title or category in bytes; longer ones are cut.
	MaxText = 1 << 10
	// MaxID is the longest identity in bytes; the SHA-256 stands for longer ones.
	MaxID = 512
	// MaxURL is the longest address in bytes, magnet links apart; an item's longer ones are ignored.
	MaxURL = 8 << 10
	// MaxTTL is the longest time in minutes that a feed may ask to be left alone: a week.
	MaxTTL = 7 * 24 * 60
)

// Bounds on rules and what is remembered for them.
const (
	// MaxPattern is the longest regular expression in bytes, MaxPatterns how many a rule has of each sort. They run
	// in time linear in the title and the pattern: 64 of them on a title of MaxText take some milliseconds.
	MaxPattern  = 1 << 10
	MaxPatterns = 64
	// MaxHistory is how many keys are remembered: two for each item of four full feeds. Of MaxID and a name's length
	// they take 30 MB at worst.
	MaxHistory = 40_000
)
