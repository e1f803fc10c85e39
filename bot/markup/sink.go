package markup

// Kind is what an Element is.
type Kind int

// The elements. Blocks hold lines of text with Breaks between them; lists hold Items, which may hold lists.
const (
	Paragraph Kind = iota
	Heading
	Quote
	List
	Ordered
	Item
	Strong
	Emphasis
	Struck
	Link
)

// Element is a stretch of a text that begins and ends.
type Element struct {
	Kind  Kind
	To    string // of a Link: the address, which is safe to follow
	Bare  bool   // of a Link: its text is the address itself, as it was typed
	Start int    // of an Ordered list: the number of its first Item
}

// Sink is told of what a text is made of, in its order. Text and code come as they are meant to be read: nothing is escaped
// for any chat.
type Sink interface {
	Begin(e Element)
	End(e Element)
	Text(s string)
	// Code is a span in a line; Fence a block of its own, with its language where one was named.
	Code(s string)
	Fence(language, code string)
	// Break ends a line inside of a block.
	Break()
	// Person is a mention, by the person's id.
	Person(id string)
	// Found looks at line[at:] for something that this chat makes a link of by itself: a number, the name of a channel. It is
	// asked where a word may begin, outside of links.
	Found(line string, at int) Finding
}

// Finding is what a Sink found: a Link to To that shows Label, for so many bytes of the text; none where Size is 0.
type Finding struct {
	Size  int
	To    string
	Label string
}
