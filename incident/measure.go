package incident

import (
	"strings"
	"time"
	"unicode/utf8"

	"matoi/incident/calendar"
)

// Measure is a permanent measure (再発防止策) with kind, owner and due date. It is chased until it is done or dropped,
// however long its incident is closed.
type Measure struct {
	Text   string    `json:"text" erase:"text"`
	Kind   string    `json:"kind,omitempty"`
	Owner  string    `json:"owner,omitempty" erase:"text"` // a person's mention or a team's name
	Due    string    `json:"due,omitempty" erase:"text"`   // a date or a milestone
	At     time.Time `json:"at"`
	Person PersonID  `json:"person,omitempty"`              // the owner where one person was named
	Until  time.Time `json:"until,omitzero"`                // the end of the business day that Due names; zero of a milestone
	State  string    `json:"state,omitempty"`               // done or dropped; empty while it waits
	Result string    `json:"result,omitempty" erase:"text"` // what came of it, or why it was dropped
	Ended  time.Time `json:"ended,omitzero"`
}

// Waits reports whether a measure is neither done nor dropped.
func (m Measure) Waits() bool { return m.State == "" }

type (
	// MeasureDone: a measure is in force. ID counts the measures of an incident from 1.
	MeasureDone struct {
		ID     int    `json:"id"`
		Result string `json:"result,omitempty" erase:"text"`
	}
	// MeasureDropped: a measure is given up.
	MeasureDropped struct {
		ID     int    `json:"id"`
		Reason string `json:"reason" erase:"text"`
	}
)

type (
	// FinishMeasure says that a measure is in force, also when its incident is closed or merged.
	FinishMeasure struct {
		ID     int
		Result string
	}
	// DropMeasure gives one up, with a reason.
	DropMeasure struct {
		ID     int
		Reason string
	}
)

func (FinishMeasure) command() {}
func (DropMeasure) command()   {}

// decideMeasure decides the life of a measure.
func (p Policy) decideMeasure(i *Incident, cmd Command, now time.Time) (out []Entry, r *Refusal, known bool) {
	switch c := cmd.(type) {
	case AddMeasure:
		out, r = p.addMeasure(c, now)
	case FinishMeasure:
		if r = i.waits(c.ID); r == nil {
			out, r = just(&MeasureDone{ID: c.ID, Result: strings.TrimSpace(c.Result)})
		}
	case DropMeasure:
		switch r = i.waits(c.ID); {
		case r != nil:
		case strings.TrimSpace(c.Reason) == "":
			r = refuse("reason_needed")
		default:
			out, r = just(&MeasureDropped{ID: c.ID, Reason: strings.TrimSpace(c.Reason)})
		}
	default:
		return nil, nil, false
	}
	return out, r, true
}

// waits refuses a measure that there is not, or that is done or dropped already.
func (i *Incident) waits(id int) *Refusal {
	switch {
	case id < 1 || id > len(i.Measures):
		return refuse("measure_unknown", "ID", id)
	case !i.Measures[id-1].Waits():
		return refuse("measure_over", "ID", id, "State", i.Measures[id-1].State)
	}
	return nil
}

func (p Policy) addMeasure(c AddMeasure, now time.Time) ([]Entry, *Refusal) {
	m := c.Measure
	m.At, m.State, m.Result, m.Ended = now, "", "", time.Time{}
	if strings.TrimSpace(m.Text) == "" {
		return no("text_needed")
	}
	for _, vague := range []string{"注意する", "気をつける", "気を付ける", "注意喚起", "be careful", "pay attention", "be more careful", "take care"} {
		if rest := strings.ReplaceAll(strings.ToLower(m.Text), vague, ""); rest != strings.ToLower(m.Text) && utf8.RuneCountInString(strings.TrimSpace(rest)) < 12 {
			return no("measure_vague", "Text", m.Text)
		}
	}
	if m.Owner == "" || m.Due == "" {
		return no("measure_incomplete")
	}
	m.Person, m.Until = owner(m), time.Time{}
	if c.Day != 0 {
		m.Until = p.Chase.evening(c.Day, p.Zone)
	}
	return just(&MeasureAdded{Measure: m})
}

// owner is the person who is named as the owner, alone and by their token.
func owner(m Measure) PersonID {
	id, ok := strings.CutPrefix(strings.TrimSpace(m.Owner), "<@")
	if id, closed := strings.CutSuffix(id, ">"); ok && closed && id != "" && !strings.ContainsAny(id, "<> ") {
		return PersonID(id)
	}
	return ""
}

// applyMeasure folds the life of measures. Older facts name a person in words alone.
func (i *Incident) applyMeasure(e Event) bool {
	end := func(id int, state, result string) {
		if id >= 1 && id <= len(i.Measures) {
			m := &i.Measures[id-1]
			m.State, m.Result, m.Ended = state, result, e.At
			delete(i.Nudged, MeasureClock(id))
		}
	}
	switch f := e.Fact.(type) {
	case *MeasureAdded:
		m := f.Measure
		if m.Person == "" {
			m.Person = owner(m)
		}
		i.admit(m.Person)
		i.Measures = append(i.Measures, m)
	case *MeasureDone:
		end(f.ID, "done", f.Result)
	case *MeasureDropped:
		end(f.ID, "dropped", f.Reason)
	default:
		return false
	}
	return true
}

// measureDue is when the owner of a measure is asked about it: the working day before, on the day, and a week after each other
// from then on.
func (p Policy) measureDue(id int, m *Measure) rungs {
	zone := p.Chase.zone(p.Zone)
	day := calendar.DateOf(m.Until.Add(-time.Microsecond).In(zone))
	before := day - 1
	for n := 0; n < 30 && !p.Chase.works(before, zone); n++ {
		before--
	}
	return rungs{kind: MeasureClock(id), due: m.Until, since: m.At, at: func(n int) (time.Time, int) {
		switch n {
		case 0:
			return p.Chase.morning(before, zone), 50
		case 1:
			return p.Chase.morning(day, zone), 100
		}
		return p.Chase.morning(day+calendar.Date(7*(n-1)), zone), 99 + n
	}}
}
