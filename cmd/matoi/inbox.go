package main

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
)

var _ bot.Inbox = (*inbox)(nil)

// inbox gives the conversation and the pages the alerts that opened nothing, and the rules that people made.
type inbox struct {
	store    *storage.Storage
	desk     *incident.Desk
	live     *Live
	standing *standing
	log      *slog.Logger
}

// overlay lays the rules that people made before those of the configuration.
func (x *inbox) overlay(ctx context.Context) (overlay, error) {
	list, err := x.store.AlertRules(ctx, false)
	if err != nil {
		return nil, err
	}
	rules, err := alert.Stored(list)
	if err != nil { // written by another version, or by hand: the others stand
		x.log.Error("a rule that somebody made can't be used", "error", err)
	}
	return func(c *alert.Config) {
		if len(rules) > 0 {
			c.Rules = append(append(make(alert.Rules, 0, len(rules)+len(c.Rules)), rules...), c.Rules...)
		}
	}, nil
}

// loose is a row as people work on it.
func loose(r alert.Row, w *wordsOf) bot.LooseAlert {
	a, err := r.Whole()
	if err != nil { // what is kept beside the columns is not ours: the columns remain
		r.Alert = ""
		a, _ = r.Whole()
	}
	out := looseBrief(r, w)
	out.Handle, out.Labels, out.Description, out.Runbook = alert.Handle(r.Source, r.Key), a.Labels, a.Description, a.Runbook
	if !a.Undated && !r.Start.Equal(r.FirstSeen) && !r.Start.After(r.FirstSeen) {
		out.Start = r.Start
	}
	return out
}

// looseBrief is what the columns say of a row.
func looseBrief(r alert.Row, w *wordsOf) bot.LooseAlert {
	out := bot.LooseAlert{
		Source: r.Source, Key: r.Key, Title: r.Title, Severity: r.Severity, Service: r.Service, Host: r.Host, Link: r.Link,
		Firing: r.Status == alert.Firing, Count: r.Count, First: r.FirstSeen, Last: r.LastSeen, Due: r.Due, Incident: r.Incident, Outcome: r.Outcome, Rule: r.Rule,
	}
	out.Reason, out.Why = w.of(r.Reason)
	return out
}

// wordsOf puts reasons into words for a reader, each once: many alerts have the same.
type wordsOf struct {
	l    lang.Lang
	kept map[string][2]string
}

func wordsIn(l lang.Lang) *wordsOf { return &wordsOf{l: l, kept: map[string][2]string{}} }

// of gives a stored reason in words, and the id of its text.
func (w *wordsOf) of(stored string) (text, id string) {
	if stored == "" {
		return "", ""
	}
	k, had := w.kept[stored]
	if !had {
		why := alert.ParseReason(stored)
		k = [2]string{why.Text(w.l), why.ID}
		if len(w.kept) < 10_000 {
			w.kept[stored] = k
		}
	}
	return k[0], k[1]
}

// Loose finds alerts that opened nothing.
func (x *inbox) Loose(ctx context.Context, l lang.Lang, ask bot.LooseAsk) (out bot.LooseFound, err error) {
	w := wordsIn(l)
	asked := alert.LooseAsk{From: ask.From, Limit: ask.Limit}
	if ask.Lets != nil {
		asked.Lets = func(r alert.Row) bool { return ask.Lets(looseBrief(r, w)) }
	}
	found, err := x.store.LooseAlerts(ctx, asked)
	if err != nil {
		return out, err
	}
	for _, r := range found.Rows {
		out.Alerts = append(out.Alerts, loose(r, w))
	}
	out.Found, out.More = found.Found, found.More
	out.Unread, err = x.store.CountUndecoded(ctx)
	return out, err
}

// Unread lists the requests of which nothing could be made.
func (x *inbox) Unread(ctx context.Context, l lang.Lang, limit int) (out []bot.UnreadRequest, err error) {
	rows, err := x.store.UndecodedRows(ctx, limit)
	w := wordsIn(l)
	for _, r := range rows {
		id, _ := strconv.ParseInt(r.Key, 10, 64)
		one := bot.UnreadRequest{ID: id, Source: r.Source, Start: r.Title, At: r.FirstSeen}
		one.Reason, _ = w.of(r.Reason)
		out = append(out, one)
	}
	return out, err
}

// ByHandle finds an alert by its short name.
func (x *inbox) ByHandle(ctx context.Context, l lang.Lang, handle string) ([]bot.LooseAlert, error) {
	rows, err := x.store.AlertByHandle(ctx, handle)
	w := wordsIn(l)
	var out []bot.LooseAlert
	for _, r := range rows {
		out = append(out, loose(r, w))
	}
	return out, err
}

// Adopt gives alerts to an incident.
func (x *inbox) Adopt(ctx context.Context, a bot.Adoption) (bot.Adopted, error) {
	rows := make([]alert.Row, len(a.Alerts))
	for k, one := range a.Alerts {
		rows[k] = alert.Row{Source: one.Source, Key: one.Key}
	}
	done, err := alert.Adopt(ctx, x.store, *x.desk, alert.Adoption{
		Alerts: rows, Into: a.Into, Open: a.Open, By: incident.By{Person: a.By}, Cause: incident.Cause{ID: a.Cause}, Again: a.Again,
	})
	return bot.Adopted{Result: done.Result, Alerts: done.Alerts, Taken: done.Taken}, err
}

// shownRule is a rule as people read it.
func shownRule(r alert.Rule) bot.AlertRule {
	out := bot.AlertRule{Number: r.Stored, Name: r.Name, Source: r.Source, Match: map[string][]string{}, Do: r.Do, Priority: r.Priority, YAML: r.YAML()}
	for name, patterns := range r.Match {
		for _, p := range patterns {
			out.Match[name] = append(out.Match[name], string(p))
		}
	}
	if r.Wait != nil {
		out.Wait, out.Count, out.Within, out.Then = time.Duration(r.Wait.For), r.Wait.Count, time.Duration(r.Wait.Within), r.Wait.Then
	}
	return out
}

func shownStored(s alert.StoredRule) bot.AlertRule {
	out := shownRule(s.Rule)
	out.Number, out.By, out.At, out.Why, out.Matched, out.MatchedAt = s.Number, s.By, s.At, s.Why, s.Matched, s.MatchedAt
	return out
}

// Rules lists the rules as they are asked: those that people made, then the configuration's.
func (x *inbox) Rules(ctx context.Context) ([]bot.AlertRule, error) {
	list, err := x.store.AlertRules(ctx, false)
	if err != nil {
		return nil, err
	}
	var out []bot.AlertRule
	for _, s := range list {
		out = append(out, shownStored(s))
	}
	for _, r := range x.live.Alerts().Rules {
		if r.Stored == 0 {
			out = append(out, shownRule(r))
		}
	}
	return out, nil
}

// judgedRule is a rule as alerts are judged by it; a mistake is a refusal in the reader's language.
func judgedRule(r bot.AlertRule, l lang.Lang) (alert.Rule, error) {
	out := alert.Rule{Name: r.Name, Source: r.Source, Do: r.Do, Priority: r.Priority, Match: map[string]alert.Patterns{}}
	for name, patterns := range r.Match {
		for _, p := range patterns {
			out.Match[name] = append(out.Match[name], alert.Pattern(p))
		}
	}
	if r.Do == alert.Wait {
		out.Wait = &alert.Waiting{For: alert.Span(r.Wait)}
	}
	err := out.Compile()
	if err == nil {
		return out, nil
	}
	detail := err.Error()
	if m, worded := errors.AsType[alert.Mistake](err); worded {
		detail = m.Text(l)
	}
	return out, incident.Refuse("inbox_rule_wrong", "Detail", strings.TrimSpace(detail))
}

// Foresee tries a rule on the alerts that came last.
func (x *inbox) Foresee(ctx context.Context, l lang.Lang, r bot.AlertRule) (bot.Foreseen, error) {
	made, err := judgedRule(r, l)
	if err != nil {
		return bot.Foreseen{}, err
	}
	rows, err := x.store.AlertsLately(ctx)
	judge := x.live.Alerts()
	f := judge.Foresee(made, rows)
	return bot.Foreseen{Of: f.Of, Fits: f.Fits, Acted: f.Acted, Unsure: f.Unsure}, err
}

// MakeRule puts a rule in force.
func (x *inbox) MakeRule(ctx context.Context, l lang.Lang, cause string, r bot.AlertRule) (bot.AlertRule, error) {
	made, err := judgedRule(r, l)
	if err != nil {
		return r, err
	}
	for _, other := range x.live.Alerts().Rules {
		if other.Stored == 0 && strings.EqualFold(other.Name, made.Name) {
			return r, incident.Refuse("inbox_rule_twice", "Rule", made.Name)
		}
	}
	done, err := x.store.MakeAlertRule(ctx, cause, alert.StoredRule{Rule: made, By: r.By, Why: r.Why})
	return x.inForce(ctx, done, err)
}

// RemoveRule takes a rule out.
func (x *inbox) RemoveRule(ctx context.Context, cause string, number int64, by incident.PersonID, why string) (bot.AlertRule, error) {
	done, err := x.store.RemoveAlertRule(ctx, cause, number, by, why)
	return x.inForce(ctx, done, err)
}

// MoveRule lets a rule be asked later or earlier.
func (x *inbox) MoveRule(ctx context.Context, cause string, number int64, by incident.PersonID, places int) (bot.AlertRule, error) {
	done, err := x.store.MoveAlertRule(ctx, cause, number, by, places)
	return x.inForce(ctx, done, err)
}

// inForce lets a change count in this process before it is answered.
func (x *inbox) inForce(ctx context.Context, done alert.StoredRule, err error) (bot.AlertRule, error) {
	if err != nil {
		return bot.AlertRule{}, err
	}
	x.standing.changed(ctx)
	return shownStored(done), nil
}

// WorkAgain puts a request back into the queue.
func (x *inbox) WorkAgain(ctx context.Context, cause string, id int64) error {
	return x.store.WorkAgain(ctx, cause, id)
}

// Drop takes a request away for good.
func (x *inbox) Drop(ctx context.Context, cause string, id int64, by incident.PersonID, why string) error {
	return x.store.DropUndecoded(ctx, cause, id, by, why)
}

// keepInbox makes the inbox; the rules that people made are in force once it returns.
func (a *App) keepInbox(ctx context.Context, desk *incident.Desk) (*inbox, error) {
	x := &inbox{store: a.store, desk: desk, live: a.live, standing: a.standing, log: a.Log}
	a.standing.read = append(a.standing.read, x.overlay)
	return x, a.standing.refresh(ctx)
}
