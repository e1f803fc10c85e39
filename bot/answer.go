package bot

import (
	"context"
	"errors"
	"fmt"
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
	i, err := b.Store.Load(ctx, link.Number)
	if err != nil {
		return a, err
	}
	a.Priority = i.Priority
	if !i.Private {
		a.Title = unmention(i.Title, b.names(ctx, a.Lang))
	}
	given, err := b.given(ctx, link)
	switch {
	case err != nil:
		return a, err
	case given:
		a.State = AnswerGiven
	case !i.Open():
		a.State = AnswerOver
	case !b.Now().Before(link.Until):
		a.State = AnswerExpired
	default:
		a.State = AnswerOpen
	}
	return a, nil
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

// Answer answers a page in its person's name, as if they had typed it. A second answer changes nothing and shows the first.
func (b *Bot) Answer(ctx context.Context, token, answer string) (Answering, error) {
	a, err := b.AnswerLink(ctx, token)
	if err != nil || a.State != AnswerOpen {
		return a, err
	}
	command := answerCommand(answer)
	if command == "" {
		return a, nil
	}
	now := b.Now()
	taken, err := b.Pagers.Store.ClaimAnswer(ctx, a.Page, answer, now, now.Add(-claimFor))
	if err != nil {
		return a, fmt.Errorf("take an answer: %w", err)
	}
	if !taken { // another press of the same moment
		return b.AnswerLink(ctx, token)
	}
	reply, err := b.Handle(ctx, Request{
		Kind: Typed, Cause: a.Page, By: a.Person, Place: incident.Place{Realm: answerRealm}, NoForms: true, Lang: a.Lang,
		Text: command + " --in " + a.Number.String(),
	})
	if err == nil && reply.Refused == nil {
		return b.AnswerLink(ctx, token)
	}
	released := b.Pagers.Store.ReleaseAnswer(context.WithoutCancel(ctx), a.Page)
	if err = errors.Join(err, released); err != nil {
		return a, err
	}
	a.Refused = reply.Text
	return a, nil
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
