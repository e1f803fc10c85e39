package alert

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// batch is the work of one transaction. Rows are met in memory first; what that means for incidents is gathered in one
// meeting per incident; at the end rows are saved and each incident hears one fact.
type batch struct {
	w      Work
	desk   incident.Desk // on the store of this transaction
	lang   lang.Lang     // of the titles and reasons that are kept in words
	config Config
	again  bool   // it looks at rows whose time has come, when nothing waits in the queue
	cause  string // begins the causes of all that the batch does
	now    time.Time

	rows      map[rowKey]*place
	touched   []*place // those whose row changed, in the order in which it first did
	past      []Row    // occurrences that ended within the batch, before the row's next one
	incidents map[incident.Number]*incident.Incident
	roots     map[incident.Number]string // incidents of services that others depend on, which opened or fired again
	waits     map[rowKey][]*place        // by source and group, those that wait or waited
	groups    map[rowKey]incident.Number // open incident of a source's grouping key; 0 for none
	services  map[string]incident.Number
	openings  map[string]int  // by source, lately
	matched   map[int64]int64 // alerts that each stored rule decided on
	storms    map[string]*meeting
	meetings  []*meeting
	shunned   map[incident.Number]bool // incidents that would not hear of alerts
	deeds     int                      // commands given so far
	repeated  int                      // requests that came again
	opened    []incident.Number
}

// rowKey is a source with one of its keys or grouping keys.
type rowKey struct{ source, key string }

// place is what the batch knows of one key: its row, and the alert that changed it last.
type place struct {
	row     Row
	kept    bool // there is a row at all
	changed bool
	at      *meeting // with the incident that the row belongs to, where the batch has to do with it

	alert    Alert
	outcome  Outcome
	received time.Time
	heard    heardAt   // the messages that a wait counts
	from     time.Time // since when it waits, where that isn't since it was seen first
}

// batchOf makes a batch whose causes begin so; run names it itself.
func batchOf(w Work, desk incident.Desk, l lang.Lang, c Config, cause string) *batch {
	desk.Store = w.Store()
	return &batch{
		w: w, desk: desk, lang: l, now: desk.Now().UTC().Truncate(time.Microsecond),
		config: c, cause: cause, rows: map[rowKey]*place{}, waits: map[rowKey][]*place{}, roots: map[incident.Number]string{},
		incidents: map[incident.Number]*incident.Incident{}, groups: map[rowKey]incident.Number{},
		services: map[string]incident.Number{}, openings: map[string]int{}, storms: map[string]*meeting{}, shunned: map[incident.Number]bool{},
	}
}

// causes begins the causes of a batch of parcels by a name that no other batch has: that of a request, or piece, that is worked off with
// it. One that can't be read may come again under the same name, so that its batch is told by the time too.
func (b *batch) causes(parcels []parcel) string {
	if k := slices.IndexFunc(parcels, func(p parcel) bool { return p.failed == nil }); k >= 0 {
		return "alert:" + parcels[k].name()
	}
	return fmt.Sprintf("alert:%s:%d", parcels[0].name(), b.now.UnixMicro())
}

// run works the parcels off, in their order.
func (b *batch) run(ctx context.Context, parcels []parcel) error {
	parcels, err := b.first(ctx, parcels)
	if err != nil || len(parcels) == 0 {
		return err
	}
	b.cause = b.causes(parcels)
	if err := b.recall(ctx, parcels); err != nil {
		return err
	}
	for _, p := range b.unmet(parcels) {
		if p.failed != nil {
			why := p.failed.String()
			if p.idle {
				why = ""
			}
			if err := b.w.Finish(ctx, p.raw.ID, why); err != nil {
				return fmt.Errorf("finish request %d: %w", p.raw.ID, err)
			}
			continue
		}
		for i, a := range p.delivery.Alerts {
			if err := b.meet(ctx, a, p.outcomes[i], p.raw.Received); err != nil {
				return fmt.Errorf("request %d, alert %s: %w", p.raw.ID, a.DedupeKey, err)
			}
		}
		if p.more {
			continue
		}
		if err := b.closeUnlisted(ctx, p); err != nil {
			return fmt.Errorf("request %d: %w", p.raw.ID, err)
		}
		if err := b.w.Finish(ctx, p.raw.ID, p.leftOut()); err != nil {
			return fmt.Errorf("finish request %d: %w", p.raw.ID, err)
		}
	}
	if err := b.hear(ctx, parcels); err != nil {
		return err
	}
	return b.settle(ctx)
}

// recall reads the rows of all keys of the batch, some hundred at a time.
func (b *batch) recall(ctx context.Context, parcels []parcel) error {
	const most = 500
	keys := map[string][]string{}
	var sources []string
	alerts := 0
	for k := range parcels {
		alerts += len(parcels[k].delivery.Alerts)
	}
	b.rows = make(map[rowKey]*place, alerts)
	places := make([]place, alerts)
	for k := range parcels {
		for i := range parcels[k].delivery.Alerts {
			a := &parcels[k].delivery.Alerts[i]
			key := rowKey{a.Source, a.DedupeKey}
			if b.rows[key] != nil {
				continue
			}
			b.rows[key], places = &places[0], places[1:]
			if keys[a.Source] == nil {
				sources = append(sources, a.Source)
			}
			keys[a.Source] = append(keys[a.Source], a.DedupeKey)
		}
	}
	for _, source := range sources {
		for some := range slices.Chunk(keys[source], most) {
			known, err := b.w.Known(ctx, source, some)
			if err != nil {
				return fmt.Errorf("recall alerts of %s: %w", source, err)
			}
			for key, row := range known {
				if p := b.rows[rowKey{source, key}]; p != nil {
					p.row, p.kept = row, true
				}
			}
		}
	}
	return nil
}

// meet sets one alert against its row and does what the news means.
func (b *batch) meet(ctx context.Context, a Alert, o Outcome, received time.Time) error {
	p := b.rows[rowKey{a.Source, a.DedupeKey}]
	var known *Row
	if p.kept {
		known = &p.row
	}
	row, news := Meet(known, a, received)
	if news == StaleResolved && !p.calmed(a) || news == Noted && !p.kept {
		return nil
	}
	p.recollect()
	flapped := p.row.Flap
	b.change(p, row)
	p.alert, p.outcome, p.received = a, o, received
	if damped, err := b.damp(ctx, p, flapped, news); damped || err != nil {
		return err
	}
	switch news {
	case Noted:
		return b.seen(ctx, p, a)
	case New:
		p.heard, p.from = heardAt{received}, time.Time{}
		return b.judge(ctx, p, 0)
	case Worsened:
		if p.row.Incident == 0 && p.at == nil {
			return b.judge(ctx, p, 0)
		}
	case Repeat:
		return b.repeat(ctx, p)
	case Refired:
		p.heard, p.from = p.heard.and(received), time.Time{}
		return b.refire(ctx, p)
	case Cleared:
		return b.clear(ctx, p)
	case UnknownResolve:
		p.row = p.row.Judged(o)
	}
	return nil
}

// change gives a place its new row, and keeps the occurrence before it if only this batch knows it.
func (b *batch) change(p *place, row Row) {
	if p.changed && !p.row.FirstSeen.Equal(row.FirstSeen) {
		if p.at != nil && p.row.Incident == 0 { // of a storm that isn't opened yet
			p.at.past = append(p.at.past, len(b.past))
		}
		b.past = append(b.past, p.row)
	}
	if !p.changed {
		b.touched = append(b.touched, p)
	}
	p.row, p.kept, p.changed = row, true, true
}

// closeUnlisted clears what a cut message left out although its group is over.
func (b *batch) closeUnlisted(ctx context.Context, p parcel) error {
	d := p.delivery
	if p.again > 0 || d.Truncated == 0 || d.GroupStatus != Resolved || d.GroupKey == "" || len(d.Alerts) == 0 {
		return nil
	}
	source := d.Alerts[0].Source
	rows, err := b.w.InGroup(ctx, source, d.GroupKey)
	if err != nil {
		return fmt.Errorf("find the group's alerts: %w", err)
	}
	for _, row := range rows {
		if key := (rowKey{source, row.Key}); b.rows[key] == nil {
			b.rows[key] = &place{row: row, kept: true}
		}
	}
	var all []Row
	for key, at := range b.rows {
		if key.source == source && at.kept && at.row.SenderGroup == d.GroupKey {
			all = append(all, at.row)
		}
	}
	slices.SortFunc(all, func(x, y Row) int { return cmp.Or(x.FirstSeen.Compare(y.FirstSeen), cmp.Compare(x.Key, y.Key)) })
	for _, row := range d.Unlisted(all, p.raw.Received) {
		at := b.rows[rowKey{source, row.Key}]
		b.change(at, row)
		if err := b.clear(ctx, at); err != nil {
			return err
		}
	}
	return nil
}

// judge does with a fire what the rules say. Previous is the incident of an earlier occurrence, which a new one is
// linked to.
func (b *batch) judge(ctx context.Context, p *place, previous incident.Number) error {
	o := p.outcome
	if o.Stored != 0 {
		if b.matched == nil {
			b.matched = map[int64]int64{}
		}
		b.matched[o.Stored]++
	}
	p.row = p.row.Judged(o)
	p.row.Incident, p.at, p.row.Due, p.row.Alert = 0, nil, time.Time{}, ""
	var err error
	switch o.Do {
	case Open, Attach:
		err = b.place(ctx, p, previous)
	case Wait:
		err = b.wait(ctx, p, previous)
	case Silenced:
		p.row.Due = o.Until
	}
	if p.row.Incident == 0 && p.at == nil && o.Do != Ignore {
		p.row = p.row.remember(p.alert, p.counted(), p.from)
	}
	return err
}

// place opens an incident for a fire, or lets it join one.
func (b *batch) place(ctx context.Context, p *place, previous incident.Number) error {
	o := p.outcome
	n, err := b.openOf(ctx, p.row.Source, p.row.Group)
	if err != nil {
		return err
	}
	why := joining(o)
	if n == 0 && o.Do == Attach {
		if n, err = b.openOn(ctx, o.Service); err != nil {
			return err
		}
		why = because("alert.reason_joined_service", "Service", o.Service)
	}
	if n != 0 {
		former, err := b.tooLate(ctx, p, n)
		if err != nil {
			return err
		}
		if former {
			n, previous = 0, n
		}
	}
	below, err := b.belowUnless(ctx, p, n)
	if err != nil {
		return err
	}
	switch {
	case n != 0:
		b.meeting(n).attach(p, why)
		return nil
	case below != nil:
		m := b.meeting(below.Number)
		m.attach(p, because("alert.reason_depends", "Service", o.Service, "Below", below.Services[0]))
		m.below(b.pressing(p), o)
		return nil
	case o.Do == Attach:
		p.row.Outcome, p.row.Reason = Inbox, because("alert.reason_nothing_open", "Rule", o.Rule).String()
		return nil
	}
	return b.open(ctx, p, previous)
}

// joining says why an alert joins the incident of its group.
func joining(o Outcome) Reason {
	if o.Group == "" {
		return because("alert.reason_joined")
	}
	return because("alert.reason_joined_group", "Rule", o.Rule)
}

// tooLate reports whether an alert comes too long after the last one of its group's incident to join that.
func (b *batch) tooLate(ctx context.Context, p *place, n incident.Number) (bool, error) {
	window := p.outcome.Window
	if window == 0 && p.outcome.Group == "" && loose(p.alert) {
		window = kinWithin
	}
	if window == 0 {
		return false, nil
	}
	i, err := b.load(ctx, n)
	if err != nil || i == nil {
		return false, err
	}
	return p.received.Sub(b.lastOf(i)) > window, nil
}

// belowUnless looks for trouble of a service that the alert's one depends on, unless its own incident is open.
func (b *batch) belowUnless(ctx context.Context, p *place, own incident.Number) (*incident.Incident, error) {
	if own != 0 {
		return nil, nil
	}
	return b.openBelow(ctx, p)
}

// refire does with a later occurrence of a known key what becomes of its incident: while that one is open it is told, whatever the rules
// say by now; within an hour after its end it is told too, which asks for reopening; later a new one opens.
func (b *batch) refire(ctx context.Context, p *place) error {
	const asksWithin = time.Hour
	if p.at != nil && p.row.Incident == 0 { // joined a storm in this very batch
		p.at.refire(p)
		return nil
	}
	if p.row.Incident == 0 {
		return b.judge(ctx, p, 0)
	}
	old, err := b.follow(ctx, p.row.Incident)
	if err != nil {
		return err
	}
	known := old != nil && !b.shunned[old.Number]
	switch {
	case p.outcome.Do == Silenced:
		if p.hush(); known { // also when it is over: who reopens it finds that it fires
			m := b.meeting(old.Number)
			m.list(&m.hushed, p.row)
		}
		return nil
	case known && old.Open():
		p.row = p.row.Judged(p.outcome).held(p.outcome)
		b.meeting(old.Number).refire(p)
		return nil
	case !known:
		return b.judge(ctx, p, 0)
	case p.outcome.Do == Ignore:
		b.leave(p, old.Number)
		return b.judge(ctx, p, 0)
	}
	n, err := b.openOf(ctx, p.row.Source, p.row.Group)
	if err != nil {
		return err
	}
	ended := old.Resolved
	if ended.IsZero() {
		ended = old.Closed
	}
	if n == 0 && old.Status != incident.StatusCancelled && !p.row.Start.After(ended.Add(asksWithin)) {
		p.row = p.row.Judged(p.outcome)
		b.meeting(old.Number).refire(p)
		p.row.Reason = because("alert.reason_reopen").String()
		return nil
	}
	b.leave(p, old.Number)
	return b.judge(ctx, p, old.Number)
}

// leave tells an incident that is over of an alert that fires for it no longer, but anew and elsewhere.
func (b *batch) leave(p *place, n incident.Number) {
	m := b.meeting(n)
	m.list(&m.left, p.row)
}

// clear tells the incident of a row that it is over.
func (b *batch) clear(ctx context.Context, p *place) error {
	if p.at == nil && p.row.Incident != 0 {
		i, err := b.follow(ctx, p.row.Incident)
		if err != nil {
			return err
		}
		if i != nil {
			p.at = b.meeting(i.Number)
		}
	}
	if p.at != nil {
		p.at.list(&p.at.cleared, p.row)
		return nil
	}
	p.letGo(b.now)
	return nil
}
