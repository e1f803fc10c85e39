package alert

// LooseAsk says what is looked for among the alerts that opened nothing.
type LooseAsk struct {
	From  func(source string) bool // nil: of every source
	Lets  func(Row) bool           // nil: all of them; what is kept to judge an alert again (Row.Alert) is not there
	Limit int
}

// LooseFound is what waits of that: the newest, each alert once.
type LooseFound struct {
	Rows    []Row
	Found   int      // how many there are
	More    bool     // of a source with very many only the newest were looked through: there may be more than Found
	Waiting int      // how many wait in all
	Sources []string // that have something waiting, in order
}
