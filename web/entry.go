package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// perTimeline is how many entries are shown at once.
const perTimeline = 200

// entryView is one line of the timeline as it is shown.
type entryView struct {
	Seq       int64
	Kind      string
	When      time.Time // it stands for
	At        time.Time // it was recorded
	Clock     string    // the time of day, approximate where it is
	Late      bool      // recorded later than it happened
	Text      string
	By        string
	Recorder  string
	Link      string // the chat message it came from
	Files     []incident.File
	Revisions []revision
	Quiet     bool // bookkeeping
	Burns     bool // a missed target
}

// revision is a later form of an entry.
type revision struct {
	At   time.Time
	Text string
	By   string
}

// entries gives the newest perTimeline entries up to seq upto, newest first, with the revisions of each, and below
// which seq there is more.
func (s *Server) entries(ctx context.Context, rd *reader, i *incident.Incident, upto int64) ([]entryView, int64, error) {
	from := max(0, upto-perTimeline)
	events, err := s.Store.Timeline(ctx, i.Number, from, perTimeline)
	if err != nil {
		return nil, 0, err
	}
	later, err := s.revisions(ctx, rd, i, upto)
	if err != nil {
		return nil, 0, err
	}
	var out []entryView
	for k := len(events) - 1; k >= 0; k-- {
		if e := events[k]; e.Seq <= upto {
			rd.collect(later, i, e)
		}
	}
	for k := len(events) - 1; k >= 0; k-- {
		if e := events[k]; e.Seq <= upto && !isRevision(e) {
			v := rd.entry(i, e)
			v.Revisions = later[e.Seq]
			out = append(out, v)
		}
	}
	if from > 0 {
		return byWhen(out), from + 1, nil
	}
	return byWhen(out), 0, nil
}

// revisions collects those that stand above upto, for a page of older entries.
func (s *Server) revisions(ctx context.Context, rd *reader, i *incident.Incident, upto int64) (map[int64][]revision, error) {
	out := map[int64][]revision{}
	for upto < i.Version {
		events, err := s.Store.Timeline(ctx, i.Number, upto, 1000)
		if err != nil || len(events) == 0 {
			return out, err
		}
		for k := len(events) - 1; k >= 0; k-- {
			rd.collect(out, i, events[k])
		}
		upto = events[len(events)-1].Seq
	}
	return out, nil
}

func isRevision(e incident.Event) bool {
	_, ok := e.Fact.(*incident.Revised)
	return ok
}

func (rd *reader) collect(into map[int64][]revision, i *incident.Incident, e incident.Event) {
	f, ok := e.Fact.(*incident.Revised)
	if !ok {
		return
	}
	into[f.Seq] = append(into[f.Seq], revision{At: e.At, By: rd.Name(e.By), Text: bot.Say(e, i, rd.Name, rd.Lang, rd.Zone)})
}

// byWhen puts the newest first by the time an entry stands for, as a course of events reads.
func byWhen(list []entryView) []entryView {
	for k := 1; k < len(list); k++ { // nearly sorted: back-dated entries are few
		for j := k; j > 0 && list[j-1].When.Before(list[j].When); j-- {
			list[j-1], list[j] = list[j], list[j-1]
		}
	}
	return list
}

func (rd *reader) entry(i *incident.Incident, e incident.Event) entryView {
	v := entryView{
		Seq: e.Seq, Kind: e.Fact.Kind(), When: e.When(), At: e.At, Clock: rd.Clock(e.When()), By: rd.Name(e.By),
		Text: bot.Say(e, i, rd.Name, rd.Lang, rd.Zone),
	}
	if e.Occurred.Approx {
		v.Clock = lang.About(rd.Lang, v.Clock)
	}
	v.Late = e.At.Sub(v.When) >= time.Minute || v.When.Sub(e.At) >= time.Minute
	if e.Recorder != "" && e.Recorder != e.By {
		v.Recorder = rd.Name(e.Recorder)
	}
	switch f := e.Fact.(type) {
	case *incident.Noted:
		if f.Message != nil {
			v.Link, v.Files = f.Message.Link, f.Message.Files
		}
	case *incident.TargetMissed:
		v.Burns = true
	case *incident.Joined, *incident.Left, *incident.Spoke, *incident.RoomOpened, *incident.Reminded, *incident.Asked, *incident.ReportIssued:
		v.Quiet = true
	}
	return v
}

// DayShort is the day of an entry, left out for today.
func (rd *reader) DayShort(t time.Time) string {
	if rd.Day(t) == rd.Day(rd.Now) {
		return ""
	}
	if rd.Lang == lang.EN {
		return t.In(rd.Zone).Format("2 Jan")
	}
	return t.In(rd.Zone).Format("1/2")
}

func parseSeq(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func (s *Server) entriesPart(w http.ResponseWriter, r *http.Request, rd *reader) error {
	n, _ := incident.ParseNumber(r.FormValue("number"))
	before := parseSeq(r.FormValue("before"))
	i, err := s.see(r, rd, n)
	if err != nil {
		return err
	}
	list, older, err := s.entries(r.Context(), rd, i, min(before-1, i.Version))
	if err != nil {
		return err
	}
	return render(w, r, moreEntries(rd, n, list, older))
}

// sendEntries sends the entries above after, and those that they revise.
func (s *Server) sendEntries(ctx context.Context, st *stream, rd *reader, i *incident.Incident, after int64) (int64, bool, error) {
	const most = 200
	events, err := s.Store.Timeline(ctx, i.Number, after, most)
	if err != nil {
		return after, false, err
	}
	for _, e := range events {
		if e.Seq > i.Version { // came in since the incident was loaded: next time
			return after, true, nil
		}
		if err := s.sendEntry(ctx, st, rd, i, e); err != nil {
			return after, false, err
		}
		after = e.Seq
	}
	return after, len(events) == most, nil
}

func (s *Server) sendEntry(ctx context.Context, st *stream, rd *reader, i *incident.Incident, e incident.Event) error {
	v := rd.entry(i, e)
	if f, ok := e.Fact.(*incident.Revised); ok {
		was, err := s.Store.Timeline(ctx, i.Number, f.Seq-1, 1)
		if err != nil || len(was) == 0 {
			return err
		}
		all, err := s.revisions(ctx, rd, i, f.Seq)
		if err != nil {
			return err
		}
		v = rd.entry(i, was[0])
		v.Revisions = all[f.Seq]
	}
	text, err := rendered(ctx, entry(rd, v))
	if err != nil {
		return err
	}
	return st.send("entry", piece{ID: "e" + strconv.FormatInt(v.Seq, 10), HTML: text, Rev: e.Seq})
}
