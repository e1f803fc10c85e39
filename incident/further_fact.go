package incident

import (
	"time"

	"matoi/incident/calendar"
)

// FurtherTerms are the resolved numbers of a further clock: what a rule came to when it started. Facts carry them, so that
// neither folding nor reading them later asks the configuration.
type FurtherTerms struct {
	Rule      string        `json:"rule"`
	Version   calendar.Date `json:"version"` // FurtherRule.From
	JA        string        `json:"ja,omitempty"`
	EN        string        `json:"en,omitempty"`
	Legal     bool          `json:"legal,omitempty"`
	Authority string        `json:"authority,omitempty"`
	NoteJA    string        `json:"note_ja,omitempty"`
	NoteEN    string        `json:"note_en,omitempty"`
	Start     Start         `json:"start"`
	Since     time.Time     `json:"since,omitzero"`
	Zone      string        `json:"zone,omitempty"`
	Hours     string        `json:"hours,omitempty"` // the calendar whose business days are counted
	DayOne    bool          `json:"day_one,omitempty"`
	Deadlines []StageTerms  `json:"deadlines,omitempty"`
	People    []PersonID    `json:"people,omitempty"` // who is told besides
	Roles     []RoleID      `json:"roles,omitempty"`
	Policy    string        `json:"policy"`
}

// StageTerms are those of one stage.
type StageTerms struct {
	ID    string      `json:"id"`
	JA    string      `json:"ja,omitempty"`
	EN    string      `json:"en,omitempty"`
	After Period      `json:"after"`
	Roll  bool        `json:"roll,omitempty"`
	Due   time.Time   `json:"due"` // the first instant that is too late, rounded up to the microsecond
	Warn  []time.Time `json:"warn,omitempty"`
}

// The facts of further clocks.
type (
	// FurtherBegan starts one. Grounds are the facts on which a person judged that we are aware of it.
	FurtherBegan struct {
		Terms   FurtherTerms `json:"terms"`
		Grounds string       `json:"grounds,omitempty" erase:"text"`
	}
	// FurtherCorrected says that it started at another time than was said. The deadlines of what is open move; what was said of
	// them stays in the record.
	FurtherCorrected struct {
		Terms   FurtherTerms `json:"terms"`
		From    time.Time    `json:"from"` // what was said before
		Grounds string       `json:"grounds,omitempty" erase:"text"`
	}
	// FurtherFiled ends a stage: it was handed in. Again it is a further phase of it.
	FurtherFiled struct {
		Rule    string    `json:"rule"`
		Stage   string    `json:"stage"`
		At      time.Time `json:"at"`
		Receipt string    `json:"receipt" erase:"text"`
		Link    string    `json:"link,omitempty" erase:"text"`
		Reason  string    `json:"reason,omitempty" erase:"text"` // why it is late
		Due     time.Time `json:"due"`                           // the deadline it is held against
	}
	// FurtherExcused ends stages, because they need not be filed. Terms are given where the clock had not begun: that nothing
	// is to be notified was judged at once.
	FurtherExcused struct {
		Rule   string        `json:"rule"`
		Stages []string      `json:"stages"`
		Why    string        `json:"why" erase:"text"`
		Terms  *FurtherTerms `json:"terms,omitempty"`
	}
	// FurtherResumed takes back that stages were filed or not required: they wait again, with the deadlines they had.
	FurtherResumed struct {
		Rule   string   `json:"rule"`
		Stages []string `json:"stages"`
		Why    string   `json:"why" erase:"text"`
	}
)
