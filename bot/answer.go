package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// AnswerLink is a link by which one person can answer one page, once, without logging in. Several links may belong to one page
// that was sent again; what is answered through one is answered.
type AnswerLink struct {
	Page     string // the key of the page
	Number   incident.Number
	Person   incident.PersonID
	Made     time.Time
	Until    time.Time
	Answered time.Time // zero while it waits
	Answer   string    // ack, cant or eta:<minutes>
}

// The states of a link, as it is now.
const (
	AnswerOpen    = "open"
	AnswerGiven   = "given"
	AnswerExpired = "expired"
	AnswerOver    = "over" // the incident is
)

// Answering is a link with what is shown of it.
type Answering struct {
	AnswerLink
	State    string
	Title    string // empty where the incident is private
	Priority incident.Priority
	Lang     lang.Lang
	Zone     *time.Location
	Name     string // of who answers
	Refused  string // why it was not taken, in words
	// Others are the calls that the same page tells of, each of which is answered by itself, too.
	Others []Answering
}

// All are the calls of a page.
func (a Answering) All() []Answering { return append([]Answering{a}, a.Others...) }

// Open are those of them that wait for an answer.
func (a Answering) Open() int {
	n := 0
	for _, one := range a.All() {
		if one.State == AnswerOpen {
			n++
		}
	}
	return n
}

// AnswerMinutes are the times of arrival that can be chosen.
func AnswerMinutes() []int { return []int{15, 30, 60} }

// claimFor is how long an answer that was begun keeps others out. After that it counts as broken off, unless it was recorded.
const claimFor = 30 * time.Second

// AnswerLink shows a link without doing anything: programs that look at mail open every address in it. It is
// incident.ErrNotFound for a token that is not ours, and of a person who was erased.
func (b *Bot) AnswerLink(ctx context.Context, token string) (Answering, error) {
	a := Answering{Lang: b.Lang, Zone: b.Policy().Zone}
	if b.Pagers == nil || len(token) != 27 {
		return a, incident.ErrNotFound
	}
	link, err := b.Pagers.Store.AnswerLink(ctx, hashOf(token))
	if err != nil {
		return a, err
	}
	if link.Number, err = b.goneInto(ctx, link); err != nil {
		return a, err
	}
	a.AnswerLink = link
	who, err := b.People.Person(ctx, link.Person)
	if err != nil {
		return a, err
	}
	if who.Erased {
		return a, incident.ErrNotFound
	}
	a.Name, a.Lang = who.Name, b.Pagers.langOf(who)
	if z, err := time.LoadLocation(who.Zone); err == nil && who.Zone != "" {
		a.Zone = z
	}
	if err := b.standsAt(ctx, &a); err != nil {
		return a, err
	}
	parts, err := b.Pagers.Store.PageParts(ctx, link.Page)
	if err != nil {
		return a, fmt.Errorf("what a page tells of: %w", err)
	}
	for _, part := range parts {
		other := Answering{Lang: a.Lang, Zone: a.Zone, Name: a.Name}
		other.AnswerLink, err = b.Pagers.Store.AnswerLink(ctx, hashOf(partToken(token, part.Key)))
		if err == nil {
			other.Number, err = b.goneInto(ctx, other.AnswerLink)
		}
		if errors.Is(err, incident.ErrNotFound) || err == nil && slices.ContainsFunc(a.All(), func(o Answering) bool { return o.Number == other.Number }) {
			continue
		}
		if err == nil {
			err = b.standsAt(ctx, &other)
		}
		if err != nil {
			return a, err
		}
		a.Others = append(a.Others, other)
	}
	return a, nil
}

// goneInto is the incident that a page is about: where it was merged away the one that it goes on in, if that person may see it.
func (b *Bot) goneInto(ctx context.Context, link AnswerLink) (incident.Number, error) {
	n := link.Number
	for range mostMerged {
		i, err := b.Store.Load(ctx, n)
		if err != nil {
			return n, err
		}
		if i.Status != incident.StatusMerged || i.Into == 0 {
			break
		}
		into, err := b.Store.Load(ctx, i.Into)
		if err != nil {
			return n, err
		}
		if !incident.MaySee(into, incident.Viewer{Person: link.Person}) {
			break
		}
		n = i.Into
	}
	return n, nil
}

// mostMerged bounds how often what was merged is followed: undoing and merging again can't make a ring.
const mostMerged = 20

// standsAt fills in what is burning, and what became of a link.
func (b *Bot) standsAt(ctx context.Context, a *Answering) error {
	i, err := b.Store.Load(ctx, a.Number)
	if err != nil {
		return err
	}
	a.Priority = i.Priority
	if !i.Private {
		a.Title = unmention(i.Title, b.names(ctx, a.Lang))
	}
	given, err := b.given(ctx, a.AnswerLink)
	switch {
	case err != nil:
		return err
	case given:
		a.State = AnswerGiven
	case !i.Open():
		a.State = AnswerOver
	case !b.Now().Before(a.Until):
		a.State = AnswerExpired
	default:
		a.State = AnswerOpen
	}
	return nil
}

// given reports whether a page was answered: what was begun and never recorded was not.
func (b *Bot) given(ctx context.Context, link AnswerLink) (bool, error) {
	if link.Answered.IsZero() {
		return false, nil
	}
	known, err := b.Store.Knows(ctx, answerCause(link.Page))
	if err != nil {
		return false, fmt.Errorf("ask for an answer: %w", err)
	}
	return known, nil
}

// answerRealm is where answers come from.
const answerRealm = "answer"

func answerCause(page string) string { return answerRealm + ":" + page }

// Answer answers a page in its person's name, as if they had typed it: all calls that it tells of, or only that of one incident. A
// second answer changes nothing and shows the first. What one incident refuses keeps no other from being answered.
func (b *Bot) Answer(ctx context.Context, token, answer string, only incident.Number) (Answering, error) {
	a, err := b.AnswerLink(ctx, token)
	if err != nil || a.Open() == 0 || answerCommand(answer) == "" {
		return a, err
	}
	var refused []string
	var broken error
	for _, one := range a.All() {
		if one.State != AnswerOpen || only != 0 && only != one.Number {
			continue
		}
		why, err := b.answerOne(ctx, one.AnswerLink, answer, a.Lang)
		if why != "" && len(a.Others) > 0 {
			why = one.Number.String() + ": " + why
		}
		if why != "" {
			refused = append(refused, why)
		}
		broken = errors.Join(broken, err)
	}
	if broken != nil {
		return a, broken
	}
	a, err = b.AnswerLink(ctx, token)
	a.Refused = strings.Join(refused, "\n\n")
	return a, err
}

// answerOne answers one call; refused is why it was not taken, in words.
func (b *Bot) answerOne(ctx context.Context, link AnswerLink, answer string, l lang.Lang) (refused string, err error) {
	now := b.Now()
	taken, err := b.Pagers.Store.ClaimAnswer(ctx, link.Page, answer, now, now.Add(-claimFor))
	if err != nil {
		return "", fmt.Errorf("take an answer: %w", err)
	}
	if !taken { // another press of the same moment
		return "", nil
	}
	reply, err := b.Handle(ctx, Request{
		Kind: Typed, Cause: link.Page, By: link.Person, Place: incident.Place{Realm: answerRealm}, NoForms: true, Lang: l,
		Text: answerCommand(answer) + " --in " + link.Number.String(),
	})
	if err == nil && reply.Refused == nil {
		return "", nil
	}
	released := b.Pagers.Store.ReleaseAnswer(context.WithoutCancel(ctx), link.Page)
	return reply.Text, errors.Join(err, released)
}

// answerCommand is what a person would type instead, empty for what is no answer.
func answerCommand(answer string) string {
	if answer == "ack" || answer == "cant" {
		return answer
	}
	for _, m := range AnswerMinutes() {
		if answer == fmt.Sprintf("eta:%d", m) {
			return strings.Replace(answer, ":", " ", 1) + "m"
		}
	}
	return ""
}
