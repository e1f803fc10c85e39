package report

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// row is one line of the course of events.
type row struct {
	at       incident.Moment // when it happened
	seq      int64           // 0 for what is no entry: the occurrence and the detection
	recorded time.Time
	who      string
	recorder string // set when somebody else wrote it down
	kind     string
	text     string
}

// omitted counts what people wrote and the report leaves out.
type omitted struct{ theories, takenBack int }

// revision is what later entries did to an entry.
type revision struct {
	text                                 string
	edited, corrected, deleted, unpinned bool
}

// findRevisions folds revisions: the latest text counts; a deletion and a 📌 taken back keep the text there was.
func (b *builder) findRevisions() map[int64]revision {
	out := map[int64]revision{}
	for _, e := range b.Entries {
		f, ok := e.Fact.(*incident.Revised)
		if !ok {
			continue
		}
		r := out[f.Seq]
		switch f.Why {
		case "unpinned":
			r.unpinned = true
		case "deleted":
			r.deleted = true
		case "edited":
			r.edited, r.text = true, f.Text
		default:
			r.corrected, r.text = true, f.Text
		}
		out[f.Seq] = r
	}
	return out
}

// findCourse gives the facts in the order in which they happened; entries of one instant keep the order of recording.
func (b *builder) findCourse() (course []row, left omitted) {
	revised := b.findRevisions()
	course = b.beginnings()
	echo := ""
	for _, e := range b.Entries {
		r := revised[e.Seq]
		n, noted := e.Fact.(*incident.Noted)
		switch {
		case r.unpinned:
			left.takenBack++
			continue
		case noted && n.Sort == "theory":
			left.theories++
			continue
		}
		said := spoken(e.Fact)
		echoes := said != "" && said == echo
		if echo = said; echoes {
			continue // "resolve TEXT" records the fix as well: one line is enough
		}
		text := b.fact(e)
		if noted {
			text = b.noted(n, r)
		} else if text != "" && r.text != "" {
			text = b.with(text, "report.corrected_to", r.text)
		}
		if text == "" {
			continue
		}
		who, recorder := b.who(e)
		course = append(course, row{at: happened(e), seq: e.Seq, recorded: e.At, who: who, recorder: recorder, kind: e.Fact.Kind(), text: b.marked(text, r)})
	}
	slices.SortStableFunc(course, func(x, y row) int {
		return cmp.Or(x.at.At.Compare(y.at.At), cmp.Compare(x.seq, y.seq))
	})
	return course, left
}

// beginnings are the rows before anybody wrote: it occurred, and it was detected if that was another minute than its
// occurrence or its opening.
func (b *builder) beginnings() []row {
	var out []row
	first := b.outages[0]
	if first.basis == "occurred" {
		out = append(out, row{at: first.from, who: b.say("report.none", nil), kind: "occurred", text: b.say("report.fact_occurred", nil)})
	}
	if d := b.i.Detected; !d.IsZero() && d.Sub(b.i.Opened).Abs() >= time.Minute && d.Sub(first.from.At).Abs() >= time.Minute {
		out = append(out, row{at: incident.Moment{At: d}, who: b.say("report.none", nil), kind: "detected", text: b.say("report.fact_detected", nil)})
	}
	return out
}

func happened(e incident.Event) incident.Moment {
	if e.Occurred.IsZero() {
		return incident.Moment{At: e.At}
	}
	return e.Occurred
}

// spoken is the text people typed with a deed that records a second fact of the same text.
func spoken(f incident.Fact) string {
	switch f := f.(type) {
	case *incident.Resolved:
		return f.Text
	case *incident.StatusChanged:
		return f.Text
	case *incident.FixRecorded:
		return f.Text
	case *incident.WorkaroundRecorded:
		return f.Text
	case *incident.CauseRecorded:
		if f.Root == "" {
			return f.Direct
		}
	}
	return ""
}

// who did it and who wrote it down for them. Of a chat message that is its author, recorded by who pinned it.
func (b *builder) who(e incident.Event) (who, recorder string) {
	if _, erased := e.Fact.(*incident.Erased); erased {
		return b.say("report.none", nil), ""
	}
	if n, ok := e.Fact.(*incident.Noted); ok && n.Message != nil {
		switch m := n.Message; {
		case m.Author == "" && m.AuthorName != "":
			return oneLine(b.plain(m.AuthorName)), b.name(e.By)
		case m.Author != "" && m.Author != e.By:
			return b.name(m.Author), b.name(e.By)
		}
	}
	if e.Recorder != "" && e.Recorder != e.By {
		recorder = b.name(e.Recorder)
	}
	return b.name(e.By), recorder
}

// marked says that a text is no longer the first one.
func (b *builder) marked(text string, r revision) string {
	if r.corrected {
		text += b.say("report.mark_corrected", nil)
	}
	if r.edited {
		text += b.say("report.mark_edited", nil)
	}
	if r.deleted {
		text += b.say("report.mark_deleted", nil)
	}
	return text
}

// timeline is item 9: when, who, what; the date stands where the day changes.
func (b *builder) timeline() []Block {
	t := &Table{Head: []string{b.say("report.col_when", nil), b.say("report.col_who", nil), b.say("report.col_what", nil)}}
	var day int64
	for _, r := range b.course {
		when := b.clockTime(r.at)
		if d := incident.Day(r.at.At, b.Zone); d != day {
			when, day = b.moment(r.at), d
		}
		who := r.who
		if r.recorder != "" {
			who = b.say("report.recorded_by", lang.Args{"Name": who, "Recorder": r.recorder})
		}
		t.Rows = append(t.Rows, []string{when, who, r.text})
	}
	out := []Block{{Table: t}}
	if n := b.omitted.theories; n > 0 {
		out = append(out, b.remark("report.theories_omitted", lang.Args{"N": n}))
	}
	if n := b.omitted.takenBack; n > 0 {
		out = append(out, b.remark("report.taken_back_omitted", lang.Args{"N": n}))
	}
	return out
}

func decimal(n int) string { return strconv.Itoa(n) }
