package bot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// tellSilence says in the channel where a silence was set that it was, or that it is over.
func tellSilence(s Silence) []incident.Effect {
	if s.Place.Room == "" {
		return nil
	}
	return []incident.Effect{{Kind: incident.Post, Realm: s.Place.Realm, Seq: SilenceSeq(s)}}
}

// EndSilence says that one of a silence's spans is over, where it was set; whoever set it elsewhere is told. What it says is found out
// when it is sent: nothing, if it hid nothing.
func EndSilence(s Silence, home string) []incident.Effect {
	e := incident.Effect{Kind: incident.Post, Realm: s.Place.Realm, Seq: 2*s.Number + 1}
	if s.Place.Room == "" {
		e.Kind, e.Realm, e.Person, e.Seq = incident.Tell, home, s.By, -e.Seq // others have the numbers above zero
	}
	if e.Realm == "" {
		return nil
	}
	return []incident.Effect{e}
}

// renderSilence tells of a silence as it stands now.
func (b *Bot) renderSilence(ctx context.Context, d incident.Delivery) (Outgoing, error) {
	out := Outgoing{Incident: &incident.Incident{}}
	if b.Silences == nil {
		out.Skip = "no silences are kept"
		return out, nil
	}
	seq := max(d.Effect.Seq, -d.Effect.Seq)
	number, ended := seq/2, seq%2 == 1
	s, err := b.Silences.Silence(ctx, number)
	if errors.Is(err, incident.ErrNotFound) {
		out.Skip = "no such silence"
		return out, nil
	}
	if err != nil {
		return out, fmt.Errorf("read silence %d: %w", number, err)
	}
	if s.Place.Room != "" {
		out.Incident.Rooms = []incident.Room{{Realm: s.Place.Realm, ID: s.Place.Room, Thread: s.Place.Thread}}
	}
	v := b.View(ctx, b.Lang, nil)
	v.Names, v.here = mention, d.Effect.Realm
	if d.Effect.Person != "" {
		v = b.viewOf(ctx, d.Effect.Person, v)
	}
	card := &Card{Title: v.text("silence.title_"+s.Kind, "Number", number), Link: v.silencesLink(), Tone: Calm}
	switch {
	case ended:
		h, err := b.hiddenUntil(ctx, s)
		if err != nil {
			return out, err
		}
		if h.Alerts == 0 && s.Ended.IsZero() {
			out.Skip = "it hid nothing"
			return out, nil
		}
		if card.Text, err = b.silenceEnd(ctx, v, s); err != nil {
			return out, err
		}
		card.Title = v.text("silence.over_"+s.Kind, "Number", number)
		if h.Firing > 0 {
			card.Tone = Warning
		}
	case s.Over(v.Now):
		out.Skip = "over already"
		return out, nil
	default:
		card.Text = v.silence(s)
		card.Buttons = []Button{{Label: v.text("silence.button_end"), Command: "silence end " + strconv.FormatInt(number, 10)}}
	}
	out.Message = Message{Key: Key(d), Lang: v.Lang, Link: v.silencesLink(), Card: card}
	return out, nil
}

// hiddenUntil counts what a silence hid in the span that ended last.
func (b *Bot) hiddenUntil(ctx context.Context, s Silence) (Hidden, error) {
	h, err := b.Silences.Hidden(ctx, s.Key(), s.since(s.Told))
	if err != nil {
		return h, fmt.Errorf("count what silence %s hid: %w", s.Key(), err)
	}
	return h, nil
}

// silenceEnd says that a silence is over, and what it hid.
func (b *Bot) silenceEnd(ctx context.Context, v View, s Silence) (string, error) {
	h, err := b.hiddenUntil(ctx, s)
	if err != nil {
		return "", err
	}
	id := "silence.ended"
	if !s.Ended.IsZero() {
		id = "silence.ended_by"
	}
	text := v.text(id, "Line", v.silencePattern(s), "Number", s.Number, "Person", Escape(v.Names(s.EndedBy)))
	switch {
	case h.Alerts == 0:
		return text + v.text("silence.hid_nothing"), nil
	case h.Firing == 0:
		return text + v.text("silence.hid", "N", h.Alerts), nil
	}
	return text + v.text("silence.hid_firing", "N", h.Alerts, "Firing", h.Firing), nil
}

// silence words an order in one escaped line.
func (v View) silence(s Silence) string {
	parts := []string{}
	if s.Number != 0 {
		parts = append(parts, "#"+strconv.FormatInt(s.Number, 10))
	}
	if s.Name != "" {
		parts = append(parts, Escape(s.Name))
	}
	parts = append(parts, v.silencePattern(s), v.SilenceTime(s))
	line := strings.Join(parts, " ")
	if s.Why != "" {
		line += v.text("silence.why", "Text", Escape(unmention(s.Why, v.Names)))
	}
	if s.By != "" {
		line += v.text("silence.by", "Person", Escape(v.Names(s.By)))
	}
	return line
}

// silencePattern says which alerts are meant.
func (v View) silencePattern(s Silence) string {
	if s.Incident != 0 {
		return v.text("silence.of_incident", "Number", s.Incident.String())
	}
	return "`" + strings.ReplaceAll(s.Pattern(), "`", "'") + "`"
}

// SilenceTime says when it is in force: until when, from when, or each week.
func (v View) SilenceTime(s Silence) string {
	span, on := s.At(v.Now)
	switch {
	case s.Over(v.Now) && !s.Ended.IsZero():
		return v.text("silence.was_ended", "Time", v.dayTime(s.Ended))
	case s.Over(v.Now):
		return v.text("silence.was_over", "Time", v.dayTime(s.Until))
	case s.Weekly != nil && on:
		return v.text("silence.weekly_now", "When", v.weekly(*s.Weekly), "Time", v.dayTime(span.To))
	case s.Weekly != nil:
		return v.text("silence.weekly", "When", v.weekly(*s.Weekly))
	case on:
		return v.text("silence.until", "Time", v.dayTime(s.Until), "Ago", lang.Ago(v.Lang, v.Now.Sub(s.Until)))
	}
	return v.text("silence.from_until", "From", v.dayTime(s.From), "Time", v.dayTime(s.Until))
}

// weekly words a span of each week.
func (v View) weekly(w Weekly) string {
	when := v.text("silence.every_day")
	if len(w.Days) < 7 {
		var names []string
		for _, d := range w.Days {
			names = append(names, v.text("silence.day_"+strconv.Itoa(int(d))))
		}
		when = v.text("silence.on_days", "Days", list(names, v.Lang))
	}
	clock := func(m int) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }
	text := when + " " + clock(w.From) + "–" + clock(w.To)
	if v.Zone == nil || w.Zone != v.Zone.String() {
		text += " (" + w.Zone + ")"
	}
	return text
}

// hides says what a silence has hidden in the span that counts.
func (v View) hides(h Hidden) string {
	switch {
	case h.Alerts == 0:
		return ""
	case h.Firing == 0:
		return " — " + v.text("silence.hides", "N", h.Alerts)
	}
	return " — ⚠ " + v.text("silence.hides_firing", "N", h.Alerts, "Firing", h.Firing)
}

// silencesLink is the page of silences.
func (v View) silencesLink() string {
	if v.BaseURL == "" {
		return ""
	}
	return strings.TrimRight(v.BaseURL, "/") + "/alerts/silences"
}
