package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/incident"
	"matoi/lang"
)

// run replays in a scratch folder that is gone afterwards.
func (r *rerun) run(ctx context.Context, c Config) (done *replayed, err error) {
	if c.Data, err = os.MkdirTemp("", "matoi-replay-"); err != nil {
		return nil, fmt.Errorf("make a scratch folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(c.Data)) }()
	first, last := r.inputs[0].at, r.inputs[len(r.inputs)-1].at
	done = &replayed{From: first, To: last, Requests: len(r.inputs), Used: r.used, zone: r.zone, memory: r.memory}
	s := simulation{Lang: r.lang, Begin: first, Long: last.Sub(first) + r.after + time.Microsecond, Inputs: r.inputs, Laid: r.laid, Told: r.memory != nil}
	s.Last = func(ctx context.Context, t *theatre) error { return done.gather(ctx, t) }
	if r.speed > 0 {
		s.Before, s.Each = r.wait, r.show
	}
	day, err := s.play(ctx, c)
	if err != nil {
		return nil, err
	}
	for _, row := range day.Rows {
		done.told(row)
	}
	return done, nil
}

// wait lets the real clock come to where the next thing happens.
func (r *rerun) wait(ctx context.Context, _, next time.Time) error {
	if r.began.IsZero() {
		r.began = time.Now()
	}
	since := next.Sub(r.inputs[0].at)
	timer := time.NewTimer(time.Until(r.began.Add(time.Duration(float64(since) / r.speed))))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// show prints what was written into the records since the last time.
func (r *rerun) show(ctx context.Context, t *theatre) error {
	rows, err := t.app.store.Find(ctx, incident.Filter{Viewer: incident.Viewer{All: true}, Limit: replayIncidents})
	if err != nil {
		return err
	}
	slices.SortFunc(rows, func(a, b incident.Row) int { return int(a.Number) - int(b.Number) })
	for _, row := range rows {
		events, err := t.app.store.Timeline(ctx, row.Number, r.seen[row.Number.String()], 1000)
		if err != nil || len(events) == 0 {
			if err != nil {
				return err
			}
			continue
		}
		i, err := t.app.store.Load(ctx, row.Number)
		if err != nil {
			return err
		}
		for _, e := range events {
			r.seen[row.Number.String()] = e.Seq
			if _, room := e.Fact.(*incident.RoomOpened); room {
				continue
			}
			if _, err := fmt.Fprintf(r.out, "%s  %s  %s\n", t.now().In(r.zone).Format("01-02 15:04:05"), row.Number, oneLine(bot.Say(e, i, t.day.Names, r.lang, r.zone))); err != nil {
				return err
			}
		}
	}
	return nil
}

// replayIncidents bounds the incidents that are shown: a replay with more says that its rules are wrong.
const replayIncidents = 1000

// replayed is what came of it. Its names in JSON are promised.
type replayed struct {
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Requests int       `json:"requests"`
	// Alerts are occurrences; Announced is how often they were said to fire.
	Alerts    int   `json:"alerts"`
	Announced int64 `json:"announced"`
	// Undecoded counts requests of which nothing could be made, or not all.
	Undecoded int         `json:"undecoded"`
	Incidents []wouldOpen `json:"incidents"`
	Reasons   []judged    `json:"reasons"`
	Noise     noise       `json:"noise"`
	Then      *then       `json:"then,omitempty"`
	Used      used        `json:"used"`

	zone   *time.Location
	memory *memory
}

// wouldOpen is an incident that would have been.
type wouldOpen struct {
	Number   string    `json:"number"`
	Opened   time.Time `json:"opened"`
	Priority string    `json:"priority"`
	Title    string    `json:"title"`
	Services []string  `json:"services"`
	Source   string    `json:"source"`
	Storm    bool      `json:"storm,omitempty"`
	Status   string    `json:"status"`
	Into     string    `json:"into,omitempty"`
	Alerts   int64     `json:"alerts"`
	Firing   int64     `json:"firing"`
	// Quiet is since when none of its alerts fires.
	Quiet    time.Time  `json:"quiet,omitzero"`
	Resolved *time.Time `json:"resolved,omitempty"`
	Messages int        `json:"messages"`
	Calls    int        `json:"calls"`
	// Then are the incidents to which its alerts really went; "" is none.
	Then []string `json:"then,omitempty"`
}

// judged counts the alerts of which the same became for the same reason.
type judged struct {
	Rule      string `json:"rule,omitempty"`
	Do        string `json:"do"`
	Reason    string `json:"reason"`
	Alerts    int    `json:"alerts"`
	Announced int64  `json:"announced"`
	id        string
}

// noise is what people would have had of it.
type noise struct {
	Incidents         int     `json:"incidents"`
	AlertsPerIncident float64 `json:"alerts_per_incident"`
	Loose             int     `json:"loose"` // alerts that went to no incident
	Messages          int     `json:"messages"`
	Calls             int     `json:"calls"`
}

// then is what really came of stored alerts.
type then struct {
	// Incidents are those that the judged alerts went to, and Lost those of which no alert could be judged.
	Incidents int   `json:"incidents"`
	Lost      int   `json:"incidents_unjudged"`
	Loose     int   `json:"loose"`
	Announced int64 `json:"announced"`
	Bare      int   `json:"without_labels"`
	// Unjudged are alerts that a rule or a silence with labels may be for, which are not kept. They are left out of all else, then and now.
	Unjudged int `json:"unjudged"`
	// Unknown counts the alerts of heartbeats that the configuration does not have, by name. They are left out, too.
	Unknown map[string]int `json:"unknown_heartbeats,omitempty"`
}

// gather reads the result out of the scratch store.
func (d *replayed) gather(ctx context.Context, t *theatre) error {
	rows, err := t.app.store.AlertsSince(ctx, time.Time{})
	if err != nil {
		return err
	}
	undecoded, err := t.app.store.UndecodedSince(ctx, time.Time{})
	if err != nil {
		return err
	}
	went := map[incident.Number]map[string]bool{}
	d.Undecoded, d.Reasons, d.Incidents = len(undecoded), []judged{}, []wouldOpen{}
	for _, row := range rows {
		d.Alerts++
		d.Announced += row.Count
		d.judge(row, t.Lang)
		if row.Incident == 0 {
			d.Noise.Loose++
		}
		if d.memory != nil && row.Incident > 0 {
			if went[row.Incident] == nil {
				went[row.Incident] = map[string]bool{}
			}
			if n, ok := d.memory.Then[occurrence{row.Source, row.Key, row.Start}]; ok {
				went[row.Incident][named(n)] = true
			}
		}
	}
	slices.SortStableFunc(d.Reasons, func(a, b judged) int { return b.Alerts - a.Alerts })
	inIncidents := int64(0)
	for _, i := range t.day.Incidents {
		d.Incidents = append(d.Incidents, d.incident(i, went[i.Number]))
		if i.Status != incident.StatusMerged {
			d.Noise.Incidents++
			inIncidents += i.Alerts.Total
		}
	}
	if d.Noise.Incidents > 0 {
		d.Noise.AlertsPerIncident = float64(inIncidents) / float64(d.Noise.Incidents)
	}
	if d.memory != nil {
		d.compare()
	}
	return nil
}

func named(n incident.Number) string {
	if n == 0 {
		return ""
	}
	return n.String()
}

// incident is what is told of one.
func (d *replayed) incident(i *incident.Incident, went map[string]bool) wouldOpen {
	o := wouldOpen{
		Number: i.Number.String(), Opened: i.Opened, Priority: i.Priority.String(), Title: i.Title, Services: i.Services, Source: i.Alerts.Source,
		Storm: i.Alerts.Storm, Status: string(i.Status), Into: named(i.Into), Alerts: i.Alerts.Total, Firing: i.Alerts.Firing, Quiet: i.Alerts.Quiet,
	}
	if !i.Resolved.IsZero() {
		at := i.Resolved
		o.Resolved = &at
	}
	for name := range went {
		o.Then = append(o.Then, name)
	}
	slices.Sort(o.Then)
	return o
}

// judge counts an alert for the rule and the reason that decided.
func (d *replayed) judge(row alert.Row, l lang.Lang) {
	reason := alert.ParseReason(row.Reason)
	k := slices.IndexFunc(d.Reasons, func(j judged) bool { return j.Rule == row.Rule && j.Do == row.Outcome && j.id == reason.ID })
	if k < 0 {
		d.Reasons, k = append(d.Reasons, judged{Rule: row.Rule, Do: row.Outcome, Reason: reason.Text(l), id: reason.ID}), len(d.Reasons)
	}
	d.Reasons[k].Alerts++
	d.Reasons[k].Announced += row.Count
}

// compare sets what really came of the alerts beside it.
func (d *replayed) compare() {
	d.Then = &then{Incidents: len(d.memory.Incidents), Lost: len(d.memory.Lost), Announced: d.memory.Announced, Bare: d.memory.Bare, Unjudged: d.memory.Unjudged, Unknown: d.memory.Unknown}
	d.Undecoded += d.memory.Undecoded
	for _, n := range d.memory.Then {
		if n == 0 {
			d.Then.Loose++
		}
	}
}

// told counts a message to a room, or to a person.
func (d *replayed) told(row pinged) {
	k := slices.IndexFunc(d.Incidents, func(o wouldOpen) bool { return o.Number == row.Number.String() })
	if row.ping() {
		if d.Noise.Calls++; k >= 0 {
			d.Incidents[k].Calls++
		}
		return
	}
	if d.Noise.Messages++; k >= 0 {
		d.Incidents[k].Messages++
	}
}
