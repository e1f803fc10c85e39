package web

import (
	"context"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"matoi/bot"
	"matoi/incident"
	"matoi/lang"
)

// entryView is one line of the timeline as it is shown.
type entryView struct {
	Number   incident.Number
	Seq      int64
	Group    string // of its kind, as filters name it
	Word     string // the kind: its text is page.kind_<Word>
	When     time.Time
	At       time.Time // it was recorded
	Clock    string    // the time of day, approximate where it is
	Lag      time.Duration
	Text     string // as it reads now
	Replaced string // a correction of an entry that is no note: it stands below the text
	By       incident.PersonID
	Author   string // of a message, where that is nobody of ours
	Recorder incident.PersonID
	Hands    string // everybody who wrote here, for the filter of the page
	Link     string // the chat message it came from
	Files    []fileView
	Forms    []formView // what it read before, the first one first; none when it was never revised
	Mark     string     // corrected, edited, deleted or unpinned; "" for none
	Burns    bool       // a missed target
}

// formView is an entry as it read at one time.
type formView struct {
	Seq  int64
	At   time.Time
	By   incident.PersonID
	Why  string // the text is page.why_<Why>: first, corrected, edited, deleted, unpinned
	Text string
}

// fileView is a file; an image of our own is shown.
type fileView struct {
	Name, Link    string
	Image         bool
	Width, Height int
}

// entry shows an entry with those revisions.
func (rd *reader) entry(v bot.View, i *incident.Incident, e incident.Event, revisions []incident.Event) entryView {
	ev := entryView{
		Number: i.Number, Seq: e.Seq, When: e.When(), At: e.At, Clock: rd.Clock(e.When()), By: e.By, Hands: string(e.By),
		Lag: e.At.Sub(e.When()),
	}
	ev.Group, ev.Word = kindOf(e.Fact)
	if e.Occurred.Approx {
		ev.Clock = lang.About(rd.Lang, ev.Clock)
	}
	if e.Recorder != "" && e.Recorder != e.By {
		ev.Recorder = e.Recorder
		ev.Hands += " " + string(e.Recorder)
	}
	_, ev.Burns = e.Fact.(*incident.TargetMissed)
	note, noted := e.Fact.(*incident.Noted)
	if noted && note.Message != nil {
		ev.Link = note.Message.Link
		for _, f := range note.Message.Files {
			ev.Files = append(ev.Files, rd.file(f))
		}
		if note.Message.Author == "" {
			ev.Author = note.Message.AuthorName
		}
	}
	ev.Text = said(v, i, e, "")
	for k, r := range revisions {
		if k == 0 {
			ev.Forms = append(ev.Forms, formView{Seq: e.Seq, At: e.At, By: e.By, Why: "first", Text: ev.Text})
		}
		ev.revise(v, i, e, r)
	}
	return ev
}

// revise adds a later form. The text of a note is replaced by it; to what is no note it is added.
func (ev *entryView) revise(v bot.View, i *incident.Incident, e, later incident.Event) {
	f, ok := later.Fact.(*incident.Revised)
	if !ok {
		return
	}
	ev.Mark = f.Why
	ev.Hands += " " + string(later.By)
	form := formView{Seq: later.Seq, At: later.At, By: later.By, Why: f.Why}
	if f.Why == "corrected" || f.Why == "edited" {
		if _, noted := e.Fact.(*incident.Noted); noted {
			ev.Text = said(v, i, e, f.Text)
			form.Text = ev.Text
		} else {
			ev.Replaced = plainMentions(v, f.Text)
			form.Text = ev.Replaced
		}
	}
	ev.Forms = append(ev.Forms, form)
}

// said is the text of an entry. A note's kind, files and people stand beside it and are left out; with another text
// it reads as it was revised.
func said(v bot.View, i *incident.Incident, e incident.Event, other string) string {
	if f, ok := e.Fact.(*incident.Noted); ok {
		text := f.Text
		if text == "" && f.Message != nil {
			text = f.Message.Text
		}
		if other != "" {
			text = other
		}
		return plainMentions(v, text)
	}
	return v.Say(e, i)
}

func plainMentions(v bot.View, text string) string {
	return mentionToken.ReplaceAllStringFunc(text, func(token string) string {
		return v.Names(incident.PersonID(token[2 : len(token)-1]))
	})
}

// file is a file of an entry. Only uploads of our own are shown as pictures: nothing is fetched from elsewhere.
func (rd *reader) file(f incident.File) fileView {
	v := fileView{Name: f.Name, Link: rd.Own(f.Link), Width: f.Width, Height: f.Height}
	if strings.HasPrefix(v.Link, "/files/") {
		switch strings.ToLower(path.Ext(f.Name)) {
		case ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif":
			v.Image = true
		}
	}
	if v.Name == "" {
		v.Name = path.Base(v.Link)
	}
	return v
}

// searched are the words by which an entry is found: what it says, and who did it.
func searched(v bot.View, i *incident.Incident) func(incident.Event) string {
	return func(e incident.Event) string {
		text := ""
		switch f := e.Fact.(type) {
		case *incident.Noted:
			if text = said(v, i, e, ""); f.Message != nil {
				for _, file := range f.Message.Files {
					text += " " + file.Name
				}
				text += " " + f.Message.AuthorName
			}
		case *incident.Revised:
			return plainMentions(v, f.Text)
		default:
			text = v.Say(e, i)
		}
		_, word := kindOf(e.Fact)
		text += " " + lang.Text(v.Lang, "page.kind_"+word, nil)
		for _, p := range []incident.PersonID{e.By, e.Recorder} {
			if p != "" {
				text += " " + v.Names(p)
			}
		}
		return text
	}
}

// timelineView is the part of a timeline that is shown, with what it was sifted by.
type timelineView struct {
	Number  incident.Number
	Sift    sift
	Window  window
	Entries []entryView
	People  []incident.PersonID // who wrote here, for the filter
	Dropped bool                // the filter was dropped for the entry that was asked for
	At      int64
}

// timeline reads the part of an incident's timeline that f and at ask for.
func (s *Server) timeline(ctx context.Context, rd *reader, i *incident.Incident, f sift, at spot) (timelineView, error) {
	r, err := s.traces.of(ctx, s.Store, i)
	if err != nil {
		return timelineView{}, err
	}
	view := s.Bot.View(ctx, rd.Lang, rd.Zone)
	view.Names = rd.Name
	if f.Text != "" {
		r = s.traces.worded(i.Number, rd.Lang, rd.Now, searched(view, i))
	}
	w, ok := r.window(f, at, rd.Lang, rd.Zone)
	v := timelineView{Number: i.Number, Sift: f, Window: w, People: r.people, Dropped: !ok, At: at.At}
	for _, e := range w.Entries {
		v.Entries = append(v.Entries, rd.entry(view, i, e, r.revisions(e.Seq, i.Version)))
	}
	return v, nil
}

// entriesPart gives a further window of entries, or with ?whole=1 the timeline as it is sifted anew.
func (s *Server) entriesPart(w http.ResponseWriter, r *http.Request, rd *reader) error {
	n, _ := incident.ParseNumber(r.FormValue("number"))
	i, err := s.see(r, rd, n)
	if err != nil {
		return err
	}
	v, err := s.timeline(r.Context(), rd, i, parseSift(r.Form, rd.Zone), parseSpot(r.Form))
	if err != nil {
		return err
	}
	if r.FormValue("whole") == "1" {
		return render(w, r, trail(rd, v))
	}
	return render(w, r, moreEntries(rd, v, r.FormValue("above") != ""))
}

// sendEntries sends the entries above after, and those that they revise.
func (s *Server) sendEntries(ctx context.Context, st *stream, rd *reader, i *incident.Incident, after int64) (int64, error) {
	r, err := s.traces.of(ctx, s.Store, i)
	if err != nil {
		return after, err
	}
	view := s.Bot.View(ctx, rd.Lang, rd.Zone)
	view.Names = rd.Name
	for ; after < i.Version; after++ {
		e, ok := r.at(after + 1)
		if !ok {
			break
		}
		shown := e
		if f, revises := e.Fact.(*incident.Revised); revises {
			if shown, ok = r.at(f.Seq); !ok {
				continue
			}
		}
		text, err := rendered(ctx, entry(rd, rd.entry(view, i, shown, r.revisions(shown.Seq, e.Seq))))
		if err != nil {
			return after, err
		}
		if err := st.send("entry", piece{ID: "e" + number64(shown.Seq), HTML: text, Rev: e.Seq}); err != nil {
			return after, err
		}
	}
	return after, nil
}

// DayShort is the day of an entry, left out for today.
func (rd *reader) DayShort(t time.Time) string {
	day := t.In(rd.Zone)
	if y, m, d := rd.Now.In(rd.Zone).Date(); day.Year() == y && day.Month() == m && day.Day() == d {
		return ""
	}
	if rd.Lang == lang.EN {
		return day.Format("2 Jan")
	}
	return day.Format("1/2")
}

func (v timelineView) order() string {
	if v.Sift.Oldest {
		return "oldest"
	}
	return "newest"
}

// link is the page's address with the filter as it is, at another spot.
func (v timelineView) link(rd *reader, at spot) templ.SafeURL {
	q := v.Sift.values(rd.Zone)
	fragment := "#trail"
	if at.At > 0 {
		q.Set("at", number64(at.At))
		fragment = "#e" + number64(at.At)
	}
	address := "/incidents/" + v.Number.String()
	if len(q) > 0 {
		address += "?" + q.Encode()
	}
	return templ.SafeURL(address + fragment)
}

// turned is the page's address with the order turned round.
func (v timelineView) turned(rd *reader) templ.SafeURL {
	v.Sift.Oldest = !v.Sift.Oldest
	return v.link(rd, spot{})
}

// further is the address of what stands above or below the window.
func (v timelineView) further(rd *reader, above bool, path string) templ.SafeURL {
	q := v.Sift.values(rd.Zone)
	if v.Dropped {
		q = sift{Groups: groups(), Oldest: v.Sift.Oldest}.values(rd.Zone)
	}
	if above {
		q.Set("above", number64(v.Window.First))
	} else {
		q.Set("below", number64(v.Window.Last))
	}
	if path == "/part/entries" {
		q.Set("number", v.Number.String())
	}
	return templ.SafeURL(path + "?" + q.Encode())
}

func (v timelineView) direction(above bool) string {
	if above {
		return "above"
	}
	return "below"
}

// furtherText says whether later or earlier entries follow, and how many.
func (v timelineView) furtherText(rd *reader, above bool) string {
	n := v.Window.Below
	if above {
		n = v.Window.Above
	}
	if above == v.Sift.Oldest {
		return rd.T("page.earlier", "N", n)
	}
	return rd.T("page.later", "N", n)
}

// countText says how much of the timeline is meant.
func (v timelineView) countText(rd *reader) string {
	if v.Sift.active() > 0 {
		return rd.T("page.found", "N", v.Window.Total)
	}
	return rd.T("page.entries", "N", v.Window.Total)
}

func groupName(rd *reader, group string) string { return lang.Text(rd.Lang, "page.group_"+group, nil) }

func whyName(rd *reader, why string) string {
	if id := "page.why_" + why; lang.Has(rd.Lang, id) {
		return lang.Text(rd.Lang, id, nil)
	}
	return why
}

// formID gives the later forms of an entry their place too: they are entries of their own in the record.
func formID(e entryView, f formView) string {
	if f.Seq == e.Seq {
		return "f" + number64(f.Seq)
	}
	return "e" + number64(f.Seq)
}

// late reports whether an entry was written down at another time than it stands for.
func (e entryView) late() bool { return e.Lag >= time.Minute || e.Lag <= -time.Minute }

// lateText tells the time of recording apart from that of the deed.
func (e entryView) lateText(rd *reader) string {
	if e.Lag < 0 {
		return rd.T("web.recorded_at", "When", rd.DateTime(e.At))
	}
	return rd.T("page.recorded_later", "When", rd.DateTime(e.At), "Span", rd.Span(e.Lag))
}

// entryURL is the address of an entry: its page opens at it, however far back it is.
func entryURL(n incident.Number, seq int64) string {
	s := strconv.FormatInt(seq, 10)
	return "/incidents/" + n.String() + "?at=" + s + "#e" + s
}
