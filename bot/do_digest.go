package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// Choices keep what people chose for themselves, under a name; "" is nothing.
type Choices interface {
	Preference(ctx context.Context, person incident.PersonID, name string) (string, error)
	SetPreference(ctx context.Context, person incident.PersonID, name, value string) error
}

// What somebody may choose of their digest besides a time of day: none at all, or that of the house also where the house sends none.
const (
	digestChoice = "digest"
	DigestOff    = "off"
	DigestOn     = "on"
)

// DigestPlan is when the house sends digests, HH:MM by the clock of each person; "" is not at all.
func (b *Bot) digestPlan() string {
	if b.DigestAt == nil {
		return ""
	}
	return b.DigestAt()
}

// digest shows what waits for whoever asks; digest off, digest 08:30 and digest on say when it comes by itself.
func (b *Bot) digest(ctx context.Context, c *call) (Reply, error) {
	if c.By == "" {
		return Reply{}, incident.Refuse("person_needed")
	}
	typed := fold(c.value("text"))
	if typed == "" {
		a, err := b.digestFor(ctx, c.By, c.view)
		if err != nil {
			return Reply{}, err
		}
		when, err := b.digestWhen(ctx, c)
		switch {
		case err != nil:
			return Reply{}, err
		case len(a.parts) == 0:
			return Reply{Text: lang.Text(c.lang, "digest.nothing", nil) + "\n" + when}, nil
		}
		card := a.card()
		if c.NoForms {
			return Reply{Text: card.Title + "\n\n" + card.Text + "\n\n" + when}, nil
		}
		card.Text += "\n\n" + when
		return c.shown(card.Title, card), nil
	}
	choice, ok := readDigest(typed)
	switch {
	case b.Choices == nil:
		return Reply{}, incident.Refuse("digest_none")
	case !ok:
		return Reply{}, incident.Refuse("digest_time", "Given", cutRunes(typed, 40))
	}
	if err := b.Choices.SetPreference(ctx, c.By, digestChoice, choice); err != nil {
		return Reply{}, fmt.Errorf("keep when a digest comes: %w", err)
	}
	when, err := b.digestWhen(ctx, c)
	return Reply{Text: when}, err
}

// readDigest reads off, on or a time of day in either language; on is what the house has, which is no choice of its own.
func readDigest(typed string) (choice string, ok bool) {
	switch {
	case slices.Contains([]string{"off", "no", "none", "stop", "never", "オフ", "不要", "停止", "なし"}, typed):
		return DigestOff, true
	case slices.Contains([]string{"on", "yes", "オン", "再開", "既定", "default"}, typed):
		return DigestOn, true
	}
	typed = strings.TrimSuffix(strings.NewReplacer("時半", ":30", "時", ":", "分", "").Replace(typed), " ")
	if strings.HasSuffix(typed, ":") {
		typed += "00"
	}
	if !strings.Contains(typed, ":") {
		typed += ":00"
	}
	at, err := time.Parse("15:04", typed)
	if err != nil {
		return "", false
	}
	return at.Format("15:04"), true
}

// DigestAtOf is when somebody gets their digest, HH:MM by the clock of their own zone; empty is never.
func (b *Bot) DigestAtOf(ctx context.Context, who incident.PersonID) (string, error) {
	choice := ""
	if b.Choices != nil {
		var err error
		if choice, err = b.Choices.Preference(ctx, who, digestChoice); err != nil {
			return "", fmt.Errorf("read when a digest comes: %w", err)
		}
	}
	at, _ := DigestTime(b.digestPlan(), choice)
	return at, nil
}

// digestWhen says when a digest comes by itself, and how to change that.
func (b *Bot) digestWhen(ctx context.Context, c *call) (string, error) {
	at, err := b.DigestAtOf(ctx, c.By)
	if err != nil || at == "" {
		return lang.Text(c.lang, "digest.is_off", lang.Args{"Name": b.Name}), err
	}
	return lang.Text(c.lang, "digest.is_at", lang.Args{"At": at, "Zone": c.zone.String(), "Name": b.Name}), nil
}

// DigestTime is when somebody gets their digest, HH:MM, by what the house has ("" is off) and what they chose; false is never.
// Whoever switches it on where the house has it off gets it at nine.
func DigestTime(house, choice string) (at string, ok bool) {
	switch {
	case choice == DigestOff || choice == "" && house == "":
		return "", false
	case choice == "" || choice == DigestOn && house != "":
		return house, true
	case choice == DigestOn:
		return "09:00", true
	}
	return choice, true
}
