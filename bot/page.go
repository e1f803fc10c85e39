package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"matoi/incident"
)

// page calls a person over their ways beside the chat: one way at the first call, one more at each further one, and where a way
// will never work, or has not worked for a while, the next one. What went out already is known by its key and does not go out again,
// and what calls the same person within a minute goes out together. What becomes of each way is a fact; where none works the escalation
// is told, which goes on.
func (p *Pump) page(ctx context.Context, d incident.Delivery) incident.Settled {
	e := d.Effect
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	done := incident.Settled{ID: d.ID, As: incident.Delivered}
	i, err := p.bot.Store.Load(ctx, e.Number)
	if errors.Is(err, incident.ErrNotFound) || p.bot.Pagers == nil {
		return done
	}
	if err != nil {
		return p.failed(ctx, d, unsent{err})
	}
	ways, err := p.bot.Pagers.beside(ctx, e.Person)
	if err != nil {
		return p.failed(ctx, d, unsent{err})
	}
	r, waits := waitsFor(i, e.Person)
	if !waits || len(ways) == 0 { // answered since, or nobody's business any more
		if err := p.dropPage(ctx, d, ways); err != nil {
			return p.failed(ctx, d, unsent{err})
		}
		p.counters.skipped.Add(1)
		return done
	}
	told, err := p.pagedFor(ctx, i, e)
	if err != nil {
		return p.failed(ctx, d, unsent{err})
	}
	if told {
		if err := p.dropPage(ctx, d, ways); err != nil {
			return p.failed(ctx, d, unsent{err})
		}
		p.counters.skipped.Add(1)
		return done
	}
	text, err := p.callText(ctx, i, e)
	if err != nil {
		return p.failed(ctx, d, unsent{err})
	}
	call := Call{Key: callKey(e), Person: e.Person, Incident: i, Text: text, Urgent: i.Priority != 0 && i.Priority <= incident.P2}
	return p.callOver(ctx, d, call, ways, max(r.Asks, 1))
}

// sameTrouble is how long after a merge a call is for the same trouble as those of what was merged.
const sameTrouble = time.Minute

// pagedFor reports whether somebody was paged for the same trouble already: about an incident that was merged into this one by then.
// What they answer to that page is an answer here (AnswerLink).
func (p *Pump) pagedFor(ctx context.Context, i *incident.Incident, e incident.Effect) (bool, error) {
	if len(i.Merged) == 0 {
		return false, nil
	}
	asked, err := p.bot.Store.Timeline(ctx, e.Number, e.Seq-1, 1)
	if err != nil || len(asked) == 0 {
		return false, err
	}
	for _, n := range i.Merged {
		from, err := p.bot.Store.Load(ctx, n)
		if err != nil {
			return false, fmt.Errorf("load %s, which was merged: %w", n, err)
		}
		if from.Opened.After(asked[0].At) || asked[0].At.After(from.Closed.Add(sameTrouble)) {
			continue
		}
		events, err := p.bot.Store.Timeline(ctx, n, 0, timelineMax)
		if err != nil {
			return false, fmt.Errorf("read who was paged for %s: %w", n, err)
		}
		for _, was := range events {
			if f, is := was.Fact.(*incident.Paged); is && f.Person == e.Person && f.State != PageFailed {
				return true, nil
			}
		}
	}
	return false, nil
}

// dropPage gives back what a page was to tell of that will not go out: it was begun, and its own call is answered.
func (p *Pump) dropPage(ctx context.Context, d incident.Delivery, ways []Way) error {
	for _, w := range ways {
		key := callKey(d.Effect) + "/" + w.Word()
		known, err := p.bot.Pagers.Store.PageState(ctx, key)
		if errors.Is(err, incident.ErrNotFound) || err == nil && (known.Key != key || known.State != PageTrying) {
			continue
		}
		if err == nil {
			err = p.bot.Pagers.Store.ReleaseParts(ctx, key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// secondWay is how long a way that fails for now is waited for before the next one is tried beside it.
const secondWay = time.Minute

// callOver calls over so many ways that work. What is under way counts as one for a while, and no longer: a person is reached when a
// way has told them, not when one is tried.
func (p *Pump) callOver(ctx context.Context, d incident.Delivery, call Call, ways []Way, want int) incident.Settled {
	o := over{Pump: p, d: d, call: call, want: want, patient: p.now().Sub(d.Waiting) < secondWay}
	for _, w := range ways {
		o.known(ctx, w)
	}
	for _, w := range o.open {
		if o.reached+o.pending >= want {
			break
		}
		o.try(ctx, w)
	}
	switch {
	case o.broken != nil:
		return p.failed(ctx, d, unsent{o.broken})
	case o.reached >= want, o.reached > 0 && !o.patient && o.at.IsZero(): // later calls of the person wait behind this one
		if err := o.leave(ctx); err != nil {
			return p.failed(ctx, d, unsent{err})
		}
	case o.again != nil:
		return p.failed(ctx, d, unsent{o.again})
	case !o.at.IsZero():
		return p.putOff(d, o.at)
	case o.reached == 0 && o.last != nil:
		return p.giveUp(ctx, d, o.last)
	}
	p.counters.sent.Add(1)
	return incident.Settled{ID: d.ID, As: incident.Delivered}
}

// over is one delivery on its way over several ways.
type over struct {
	*Pump
	d       incident.Delivery
	call    Call
	want    int
	patient bool
	open    []Way // neither sent nor failed for good
	reached int
	pending int
	failing []failing
	at      time.Time // when it is looked at again
	again   error     // why a way is tried again
	last    error     // why a way will never work
	broken  error     // of our own store
}

// failing is a way that does not work for now.
type failing struct {
	way Way
	why error
}

// known looks what became of a way before.
func (o *over) known(ctx context.Context, w Way) {
	known, err := o.bot.Pagers.Store.PageState(ctx, o.call.Key+"/"+w.Word())
	switch {
	case errors.Is(err, incident.ErrNotFound):
		o.open = append(o.open, w)
	case err != nil:
		o.broken = err
	case known.State == PageFailed:
		o.never(ctx, w, errors.New(known.Why))
	case known.State == PageTrying:
		o.open = append(o.open, w)
	default:
		o.works(ctx, w, known.State)
	}
}

func (o *over) works(ctx context.Context, w Way, state string) {
	o.reached++
	o.note(o.pageFact(ctx, o.d, w, state, ""))
}

func (o *over) never(ctx context.Context, w Way, why error) {
	o.last = &Permanent{why}
	o.note(o.pageFact(ctx, o.d, w, PageFailed, reason(why)))
}

func (o *over) note(err error) {
	if err != nil {
		o.broken = err
	}
}

// try calls over a way.
func (o *over) try(ctx context.Context, w Way) {
	state, at, err := o.callBy(ctx, o.d, o.call, w)
	_, never := errors.AsType[*Permanent](err)
	switch {
	case !at.IsZero():
		if o.pending++; o.at.IsZero() || at.Before(o.at) {
			o.at = at
		}
	case err == nil:
		o.works(ctx, w, state.State)
	case never:
		o.never(ctx, w, err)
	default:
		o.again, o.failing = err, append(o.failing, failing{w, err})
		if o.patient {
			o.pending++
		}
	}
}

// leave gives up ways that fail for now, since others have told the person.
func (o *over) leave(ctx context.Context) error {
	for _, f := range o.failing {
		key := o.call.Key + "/" + f.way.Word()
		if err := o.bot.Pagers.Store.ReleaseParts(ctx, key); err != nil {
			return err
		}
		state := PageState{Key: key, Realm: f.way.Realm, Person: o.call.Person, Number: o.call.Incident.Number, State: PageFailed, Why: reason(f.why), At: o.now()}
		if _, err := o.bot.Pagers.Store.SavePage(ctx, state); err != nil {
			return err
		}
		if err := o.pageFact(ctx, o.d, f.way, PageFailed, state.Why); err != nil {
			return err
		}
	}
	return nil
}

// callBy calls over one way, together with all else that waits for the person. at is set where that has to wait: they were called a
// moment ago, or another page tells them.
func (p *Pump) callBy(ctx context.Context, d incident.Delivery, call Call, w Way) (state PageState, at time.Time, err error) {
	store, key := p.bot.Pagers.Store, call.Key+"/"+w.Word()
	begun := PageState{Key: key, Realm: w.Realm, Address: w.Address, Person: call.Person, Number: call.Incident.Number, State: PageTrying, At: p.now()}
	known, err := store.PageState(ctx, key)
	fresh := errors.Is(err, incident.ErrNotFound)
	switch {
	case err != nil && !fresh:
		return known, at, err
	case !fresh && known.Key != key:
		return known, p.now().Add(yieldLeast), nil
	case fresh:
		if at, err = store.PagePaced(ctx, call.Person, w.Realm, begun.At); err != nil || !at.IsZero() {
			return known, at, err
		}
	}
	var parts []PagePart
	if fresh {
		if parts, err = p.besides(ctx, d, w); err != nil {
			return known, at, err
		}
	}
	if parts, at, err = store.LeadPage(ctx, begun, parts); err != nil || !at.IsZero() {
		return known, at, err
	}
	if call.With, err = p.with(ctx, call, w, parts); err != nil {
		return known, at, err
	}
	call.Begun = true
	state, err = p.bot.Pagers.Call(ctx, call, w)
	return state, at, err
}

// pageFact writes down what became of a way, once for each state.
func (p *Pump) pageFact(ctx context.Context, d incident.Delivery, w Way, state, why string) error {
	if state != PageFailed {
		state = PageSent
	}
	cause := incident.Cause{ID: "paged:" + strconv.FormatInt(d.ID, 10) + ":" + w.Word() + ":" + state, Machine: true}
	fact := incident.Paged{Person: d.Effect.Person, Seq: d.Effect.Seq, Way: w.Word(), State: state, Why: why}
	if _, err := p.bot.Desk.Do(ctx, d.Effect.Number, incident.RecordPage{Page: fact}, incident.By{}, cause); err != nil {
		return fmt.Errorf("record the page of %s: %w", d.Effect.Number, err)
	}
	return nil
}

// callText is why somebody is called, in their language.
func (p *Pump) callText(ctx context.Context, i *incident.Incident, e incident.Effect) (string, error) {
	events, err := p.bot.Store.Timeline(ctx, e.Number, e.Seq-1, 1)
	if err != nil || len(events) == 0 {
		return "", fmt.Errorf("read why %s is called: %w", e.Person, errors.Join(err))
	}
	who, err := p.bot.Pagers.People.Person(ctx, e.Person)
	if err != nil {
		return "", fmt.Errorf("look up %s: %w", e.Person, err)
	}
	l := p.bot.Pagers.langOf(who)
	v := p.bot.View(ctx, l, nil)
	s := sayer{i: i, names: v.Names, l: l, zone: v.Zone, now: v.Now, policy: v.Policy}
	f, ok := events[0].Fact.(*incident.Asked)
	if !ok || f.Trigger == "" {
		return unmention(s.fact(events[0]), s.names), nil
	}
	return s.trigger(f.Trigger), nil
}

// beside are a person's ways apart from the chat, where they are told anyhow.
func (p *Pagers) beside(ctx context.Context, id incident.PersonID) ([]Way, error) {
	ways, err := p.Ways(ctx, id)
	return slices.DeleteFunc(ways, func(w Way) bool { return w.Realm == ChatRealm }), err
}

// onlyWay reports whether a person is reached by no other way than the one a delivery took.
func (p *Pump) onlyWay(ctx context.Context, e incident.Effect) bool {
	if e.Kind != incident.Tell && e.Kind != incident.Remind {
		return false
	}
	if p.bot.Pagers == nil || !p.bot.Policy().Paging {
		return true
	}
	ways, err := p.bot.Pagers.beside(ctx, e.Person)
	return err == nil && len(ways) == 0
}

// calledFor reports whether an escalation waits for the person whom a delivery is for.
func calledFor(i *incident.Incident, e incident.Effect) bool {
	if e.Kind != incident.Tell && e.Kind != incident.Page {
		return false
	}
	return slices.ContainsFunc(i.Calls, func(c incident.Call) bool { return slices.Contains(c.Waiting, e.Person) })
}
