package oncall

import "strings"

// Trouble is why a source can't be read, as a copy keeps it: a code with what belongs into its words, which people read in their own
// language, or words in English where nothing has a code. "" is none.
type Trouble string

// between stands between a code and its detail.
const between = "|"

// NewTrouble makes one of a code and what belongs into its words.
func NewTrouble(code, detail string) Trouble { return Trouble(code + between + detail) }

// Parts are the code and the detail; without a code all of it is words.
func (t Trouble) Parts() (code, detail string) {
	code, detail, ok := strings.Cut(string(t), between)
	if !ok || code == "" || strings.ContainsAny(code, " .:") { // words may hold the sign, too
		return "", string(t)
	}
	return code, detail
}
