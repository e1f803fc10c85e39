package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"matoi/incident"
	"matoi/incident/knowledge"
	"matoi/lang"
)

// The bounds of lists.
const (
	defaultRows    = 100
	mostRows       = 1000
	defaultEntries = 200
	mostEntries    = 100_000
)

// incidentJSON is an incident as lists show it; times are RFC 3339 in UTC.
type incidentJSON struct {
	Number      string     `json:"number"`
	Title       string     `json:"title,omitempty"`
	Status      string     `json:"status,omitempty"`
	Priority    string     `json:"priority,omitempty"`
	Provisional bool       `json:"provisional,omitempty"`
	Private     bool       `json:"private,omitempty"`
	Category    string     `json:"category,omitempty"`
	Services    []string   `json:"services,omitempty"`
	Opened      *time.Time `json:"opened,omitempty"`
	Changed     *time.Time `json:"changed,omitempty"`
	Due         *time.Time `json:"due,omitempty"`
	DueKind     string     `json:"due_kind,omitempty"`
	Firing      int64      `json:"firing,omitempty"`
	Version     int64      `json:"version,omitempty"`
}

func rowJSON(r incident.Row) incidentJSON {
	return incidentJSON{
		Number: r.Number.String(), Title: r.Title, Status: string(r.Status), Priority: r.Priority.String(), Provisional: r.Provisional,
		Private: r.Private, Category: r.Category, Services: r.Services, Opened: stamp(r.Opened), Changed: stamp(r.Changed),
		Due: stamp(r.Due), DueKind: string(r.DueKind), Firing: r.Firing, Version: r.Version,
	}
}

// stamp is a time, nil where there is none.
func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// list gives incidents of all statuses, newest first.
func (a *api) list(w http.ResponseWriter, r *http.Request, c Caller) *Problem {
	q := r.URL.Query()
	limit, p := number(r, "limit", defaultRows, 1, mostRows)
	if p != nil {
		return p
	}
	f := incident.Filter{Limit: int(limit), Service: q.Get("service"), Category: q.Get("category"), Private: q.Get("private") == "true"}
	if f.Viewer, p = a.viewer(r, c); p != nil {
		return p
	}
	if p = sifted(&f, q); p != nil {
		return p
	}
	if p = statuses(&f, q["status"]); p != nil {
		return p
	}
	if text := q.Get("priority"); text != "" {
		var ok bool
		if f.Priority, ok = incident.ParsePriority(text); !ok {
			return problem(http.StatusBadRequest, "parameter", map[string]any{"Name": "priority", "Value": clip(text, 40)})
		}
	}
	if text := q.Get("before"); text != "" {
		var ok bool
		if f.Before, ok = incident.ParseNumber(text); !ok {
			return problem(http.StatusBadRequest, "parameter", map[string]any{"Name": "before", "Value": clip(text, 40)})
		}
	}
	rows, err := a.Store.Find(r.Context(), f)
	if err != nil {
		return breakage(a.Log, r, err)
	}
	out := make([]incidentJSON, len(rows))
	for i, row := range rows {
		out[i] = rowJSON(row)
	}
	writeJSON(w, http.StatusOK, "application/json", map[string]any{"incidents": out})
	return nil
}

// sifted reads what the board filters by too: words, a vacant role, the caller's own, and what was due before a moment.
func sifted(f *incident.Filter, q url.Values) *Problem {
	wrong := func(name string) *Problem {
		return problem(http.StatusBadRequest, "parameter", map[string]any{"Name": name, "Value": clip(q.Get(name), 40)})
	}
	if text := q.Get("q"); text != "" {
		f.Text = knowledge.Query(lang.Fold(clip(text, 200)))
	}
	if role := incident.RoleID(q.Get("vacant")); role != "" {
		if !slices.ContainsFunc(incident.Roles(), func(r incident.Role) bool { return r.ID == role }) {
			return wrong("vacant")
		}
		f.Vacant = role
	}
	if q.Get("mine") == "true" {
		if f.Mine = f.Viewer.Person; f.Mine == "" {
			return wrong("mine")
		}
	}
	if text := q.Get("due_before"); text != "" {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return wrong("due_before")
		}
		f.Overdue = at.UTC().Truncate(time.Microsecond)
	}
	return nil
}

// statuses reads ?status=new,investigating; open stands for all on which somebody still works.
func statuses(f *incident.Filter, values []string) *Problem {
	for _, word := range strings.Split(strings.Join(values, ","), ",") {
		word = strings.TrimSpace(strings.ToLower(word))
		switch {
		case word == "" || word == "all":
		case word == "open":
			f.Open = true
		case slices.Contains(incident.Statuses(), incident.Status(word)):
			f.Statuses = append(f.Statuses, incident.Status(word))
		default:
			return problem(http.StatusBadRequest, "parameter", map[string]any{"Name": "status", "Value": clip(word, 40)})
		}
	}
	return nil
}

// detailJSON is an incident with all that its card shows.
type detailJSON struct {
	incidentJSON
	Summary    string         `json:"summary,omitempty"`
	Impact     string         `json:"impact"`
	Urgency    string         `json:"urgency"`
	Override   string         `json:"override,omitempty"`
	Team       string         `json:"team,omitempty"`
	Assignee   string         `json:"assignee,omitempty"`
	Channel    string         `json:"channel,omitempty"`
	Opener     string         `json:"opener,omitempty"`
	Reporters  []reporterJSON `json:"reporters,omitempty"`
	Occurred   *time.Time     `json:"occurred,omitempty"`
	Detected   *time.Time     `json:"detected,omitempty"`
	Reported   *time.Time     `json:"reported,omitempty"`
	Restored   *time.Time     `json:"restored,omitempty"`
	Resolved   *time.Time     `json:"resolved,omitempty"`
	Closed     *time.Time     `json:"closed,omitempty"`
	Roles      []roleJSON     `json:"roles"`
	Acting     string         `json:"acting,omitempty"`
	Vacant     []string       `json:"vacant,omitempty"`
	Responders []responder    `json:"responders,omitempty"`
	Tasks      []taskJSON     `json:"tasks,omitempty"`
	Clocks     []clockJSON    `json:"clocks"`
	Further    []furtherJSON  `json:"further,omitempty"`
	Hold       *incident.Hold `json:"hold,omitempty"`
	Holds      []holdJSON     `json:"holds,omitempty"`
	Workaround string         `json:"workaround,omitempty"`
	Fix        string         `json:"fix,omitempty"`
	Cause      string         `json:"cause,omitempty"`
	RootCause  string         `json:"root_cause,omitempty"`
	Alerts     alertsJSON     `json:"alerts"`
	Rooms      []roomJSON     `json:"rooms"`
	Into       string         `json:"into,omitempty"`
	Merged     []string       `json:"merged,omitempty"`
}

type reporterJSON struct {
	Person  string `json:"person,omitempty"`
	Contact string `json:"contact,omitempty"`
	Answer  string `json:"answer,omitempty"`
}

type roleJSON struct {
	Role   string    `json:"role"`
	Person string    `json:"person"`
	Stream string    `json:"stream,omitempty"`
	Since  time.Time `json:"since"`
}

type responder struct {
	Person string     `json:"person"`
	State  string     `json:"state"`
	ETA    *time.Time `json:"eta,omitempty"`
}

type taskJSON struct {
	ID    int    `json:"id"`
	Text  string `json:"text"`
	State string `json:"state"`
	Owner string `json:"owner,omitempty"`
}

type alertsJSON struct {
	Total  int64 `json:"total"`
	Firing int64 `json:"firing"`
}

type roomJSON struct {
	Realm  string `json:"realm"`
	Name   string `json:"name"`
	Thread string `json:"thread,omitempty"`
	Link   string `json:"link,omitempty"`
}

// show gives one incident.
func (a *api) show(w http.ResponseWriter, r *http.Request, c Caller) *Problem {
	i, p := a.load(r, c)
	if p != nil {
		return p
	}
	l := a.language(r)
	name := func(id incident.PersonID) string {
		if id == "" {
			return ""
		}
		return a.Name(r.Context(), id, l)
	}
	out := detailJSON{
		incidentJSON: rowJSON(i.AsRow()), Summary: i.Summary, Impact: i.Impact, Urgency: i.Urgency, Override: i.Override, Team: i.Team,
		Assignee: name(i.Assignee), Channel: i.Channel, Opener: name(i.Opener), Acting: name(i.Acting),
		Occurred: stamp(i.Occurred.At), Detected: stamp(i.Detected), Reported: stamp(i.Reported), Restored: stamp(i.Restored.At),
		Resolved: stamp(i.Resolved), Closed: stamp(i.Closed), Roles: []roleJSON{}, Clocks: a.clocks(r.Context(), i, l), Further: furtherOf(i, l, name), Holds: holdsOf(i), Rooms: []roomJSON{},
		Hold: i.Hold, Workaround: i.Workaround, Fix: i.Fix, Cause: i.Cause.Direct, RootCause: i.Cause.Root,
		Alerts: alertsJSON{i.Alerts.Total, i.Alerts.Firing}, Into: i.Into.String(),
	}
	a.parts(&out, i, name, l)
	writeJSON(w, http.StatusOK, "application/json", out)
	return nil
}

// parts fills the lists of an incident.
func (a *api) parts(out *detailJSON, i *incident.Incident, name func(incident.PersonID) string, l lang.Lang) {
	for _, x := range i.Reporters {
		out.Reporters = append(out.Reporters, reporterJSON{name(x.Person), x.Contact, x.Answer})
	}
	for _, x := range i.Holders {
		out.Roles = append(out.Roles, roleJSON{string(x.Role), name(x.Person), x.Stream, x.Since})
	}
	for _, role := range incident.Roles() {
		if role.Core && len(i.Holding(role.ID)) == 0 {
			out.Vacant = append(out.Vacant, string(role.ID))
		}
	}
	for _, x := range i.People {
		out.Responders = append(out.Responders, responder{name(x.Person), x.State, stamp(x.ETA)})
	}
	for _, x := range i.Tasks {
		text := x.Text
		if id := "task." + x.Text; x.Checklist && lang.Has(l, id) {
			text = lang.Text(l, id, nil)
		}
		out.Tasks = append(out.Tasks, taskJSON{x.ID, text, x.State, name(x.Owner)})
	}
	for _, x := range i.Rooms {
		out.Rooms = append(out.Rooms, roomJSON{x.Realm, x.Name, x.Thread, x.Link})
	}
	for _, n := range i.Merged {
		out.Merged = append(out.Merged, n.String())
	}
}

// entryJSON is one entry of the timeline: at is when it was recorded, occurred when it happened. Its text is in one place.
type entryJSON struct {
	Seq        int64     `json:"seq"`
	Kind       string    `json:"kind"`
	Sort       string    `json:"sort,omitempty"` // of a note: note, finding, theory, decision, action, acknowledged
	At         time.Time `json:"at"`
	Occurred   time.Time `json:"occurred"`
	Approx     bool      `json:"approx,omitempty"`
	By         string    `json:"by"`
	RecordedBy string    `json:"recorded_by,omitempty"`
	Text       string    `json:"text"`
}

// timeline gives entries in the order in which they were recorded; next is what to pass as after for those that follow,
// null at the end.
func (a *api) timeline(w http.ResponseWriter, r *http.Request, c Caller) *Problem {
	after, p := number(r, "after", 0, 0, 1<<62)
	if p != nil {
		return p
	}
	limit, p := number(r, "limit", defaultEntries, 1, mostEntries)
	if p != nil {
		return p
	}
	i, p := a.load(r, c)
	if p != nil {
		return p
	}
	events, err := a.Store.Timeline(r.Context(), i.Number, after, int(limit)+1)
	if err != nil {
		return breakage(a.Log, r, err)
	}
	out := struct {
		Entries []entryJSON `json:"entries"`
		Next    *int64      `json:"next"`
	}{Entries: []entryJSON{}}
	if len(events) > int(limit) {
		events = events[:limit]
		out.Next = &events[limit-1].Seq
	}
	l := a.language(r)
	for _, e := range events {
		out.Entries = append(out.Entries, a.entry(r, i, e, l))
	}
	writeJSON(w, http.StatusOK, "application/json", out)
	return nil
}

func (a *api) entry(r *http.Request, i *incident.Incident, e incident.Event, l lang.Lang) entryJSON {
	out := entryJSON{
		Seq: e.Seq, Kind: e.Fact.Kind(), At: e.At.UTC(), Occurred: e.When().UTC(), Approx: e.Occurred.Approx,
		By: a.Name(r.Context(), e.By, l), Text: a.Word(r.Context(), i, e, l),
	}
	if e.Recorder != "" && e.Recorder != e.By {
		out.RecordedBy = a.Name(r.Context(), e.Recorder, l)
	}
	if n, ok := e.Fact.(*incident.Noted); ok {
		out.Sort = n.Sort
	}
	return out
}

// report gives the twelve items, as Markdown unless HTML is asked for.
func (a *api) report(w http.ResponseWriter, r *http.Request, c Caller) *Problem {
	var html bool
	switch format := strings.ToLower(r.URL.Query().Get("format")); format {
	case "", "markdown", "md":
	case "html":
		html = true
	default:
		return problem(http.StatusBadRequest, "parameter", map[string]any{"Name": "format", "Value": clip(format, 40)})
	}
	if typed := r.URL.Query().Get("lang"); typed != "" {
		if _, ok := lang.Parse(typed); !ok { // a document in another language than was asked for is no answer
			return problem(http.StatusBadRequest, "parameter", map[string]any{"Name": "lang", "Value": clip(typed, 40)})
		}
	}
	i, p := a.load(r, c)
	if p != nil {
		return p
	}
	l := a.language(r)
	body, err := a.Report(r.Context(), i.Number, l, html)
	if err != nil {
		return breakage(a.Log, r, fmt.Errorf("report %s: %w", i.Number, err))
	}
	h := w.Header()
	h.Set("Content-Type", "text/markdown; charset=utf-8")
	if html {
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:")
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Language", string(l))
	_, _ = w.Write(body)
	return nil
}
