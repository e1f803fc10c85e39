package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"matoi/incident"
)

// page calls a person over their ways beside the chat: one way at the first call, one more at each further one, and where a way
// will never work the next one at once. What went out already is known by its key and does not go out again. What becomes of each
// way is a fact; where none works the escalation is told, which goes on.
func (p *Pump) page(ctx context.Context, d incident.Delivery) incident.Settled {
	e := d.Effect
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	done := incident.Settled{ID: d.ID, As: incident.Delivered}
	i, err := p.bot.Store.Load(ctx, e.Number)
	if errors.Is(err, incident.ErrNotFound) {
		return done
	}
	if err != nil {
		return p.failed(ctx, d, unsent{err})
	}
	r, known := i.Responder(e.Person)
	if p.bot.Pagers == nil || !i.Open() || !known || r.State != "asked" || !incident.MaySee(i, incident.Viewer{Person: e.Person}) {
		p.counters.skipped.Add(1)
		return done // answered since, or nobody's business any more
	}
	ways, err := p.bot.Pagers.beside(ctx, e.Person)
	if err != nil {
		return p.failed(ctx, d, unsent{err})
	}
	text, err := p.callText(ctx, i, e)
	if err != nil {
		return p.failed(ctx, d, unsent{err})
	}
	if len(ways) == 0 {
		p.counters.skipped.Add(1)
		return done
	}
	call := Call{
		Key: fmt.Sprintf("%s-%d-%s", e.Number, e.Seq, e.Person), Person: e.Person, Incident: i, Text: text, Urgent: i.Priority != 0 && i.Priority <= incident.P2,
	}
	return p.callOver(ctx, d, call, ways, max(r.Asks, 1))
}

// callOver calls over so many ways that may work.
func (p *Pump) callOver(ctx context.Context, d incident.Delivery, call Call, ways []Way, want int) incident.Settled {
	var again, last error
	reached := 0
	for _, w := range ways {
		if reached == want {
			break
		}
		state, err := p.callBy(ctx, call, w)
		_, never := errors.AsType[*Permanent](err)
		switch {
		case never:
			last = err
			if err := p.pageFact(ctx, d, w, PageFailed, reason(err)); err != nil {
				again = err
			}
			continue
		case err != nil:
			again = err
		default:
			if err := p.pageFact(ctx, d, w, state.State, ""); err != nil {
				again = err
			}
		}
		reached++
	}
	switch {
	case again != nil:
		return p.failed(ctx, d, unsent{again})
	case reached == 0 && last != nil:
		return p.giveUp(ctx, d, last)
	}
	p.counters.sent.Add(1)
	return incident.Settled{ID: d.ID, As: incident.Delivered}
}

// callBy calls over one way, unless that was done before.
func (p *Pump) callBy(ctx context.Context, call Call, w Way) (PageState, error) {
	known, err := p.bot.Pagers.Store.PageState(ctx, call.Key+"/"+w.Word())
	switch {
	case err == nil && (known.State == PageSent || known.State == PageDelivered):
		return known, nil
	case err == nil && known.State == PageFailed:
		return known, &Permanent{errors.New(known.Why)}
	case err != nil && !errors.Is(err, incident.ErrNotFound):
		return known, err
	}
	return p.bot.Pagers.Call(ctx, call, w)
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
	if e.Kind != incident.Tell {
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
