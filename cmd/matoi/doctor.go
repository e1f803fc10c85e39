package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"matoi/bot"
	"matoi/bot/slack"
	"matoi/incident"
	"matoi/lang"
)

// doctorCommand holds the examinations of chats.
func (w World) doctorCommand(l lang.Lang) *cobra.Command {
	c := &cobra.Command{Use: "doctor", Short: lang.Text(l, "cli.doctor", nil)}
	c.AddCommand(w.doctorSlackCommand(l))
	return c
}

// doctorSlackCommand asks Slack about the app, and the running server when it was called last. It changes nothing in either.
func (w World) doctorSlackCommand(l lang.Lang) *cobra.Command {
	var file, address string
	c := &cobra.Command{Use: "slack", Short: lang.Text(l, "cli.doctor_slack", nil), Args: cobra.NoArgs, Example: "  matoi doctor slack --config matoi.yaml"}
	c.Flags().StringVar(&file, "config", "", lang.Text(l, "cli.flag_config", nil))
	c.Flags().StringVar(&address, "addr", "", lang.Text(l, "cli.flag_addr", nil))
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		config, err := LoadConfig(file, w.Env)
		if err != nil {
			return err
		}
		if !config.Slack.On() {
			return misuse(lang.Text(l, "cli.slack_none", nil))
		}
		base := cmp.Or(config.BaseURL, "http://"+config.Listen)
		a := slack.New(slack.Options{
			Config: config.Slack, People: nobody{}, Now: w.now, Lang: l, Name: config.Command.Name, BaseURL: base,
		})
		heard, known := w.lastHeard(cmd.Context(), cmp.Or(address, base))
		return w.sayFindings(a.Examine(cmd.Context(), templates(l, base, config.zone(), w.now()), heard, known), l)
	}
	return c
}

// sayFindings writes what was found, each fault with its cure; a fault ends the command with 1.
func (w World) sayFindings(all []slack.Finding, l lang.Lang) error {
	bad := false
	for _, f := range all {
		sign := "✓"
		if f.Bad() {
			sign, bad = "✗", true
		}
		_, _ = fmt.Fprintln(w.Out, sign, lang.Text(l, f.Text, f.Args))
		if f.Bad() {
			_, _ = fmt.Fprintln(w.Out, "  →", lang.Text(l, f.Cure, f.Args))
		}
	}
	if bad {
		return errSaid
	}
	return nil
}

// lastHeard asks a running server's figures when Slack called it last; known is false where none answers.
func (w World) lastHeard(ctx context.Context, address string) (at time.Time, known bool) {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(address, "/")+"/metrics", nil)
	if err != nil {
		return at, false
	}
	if token, ok := w.Lookup("MATOI_TOKEN"); ok && token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return at, false
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(io.LimitReader(resp.Body, 4<<20)); lines.Scan(); {
		value, found := strings.CutPrefix(lines.Text(), slack.FigureHeard+" ")
		if seconds, err := strconv.ParseFloat(value, 64); found && err == nil {
			if seconds == 0 {
				return at, true
			}
			return time.UnixMicro(int64(seconds * 1e6)), true
		}
	}
	return at, false
}

// templates are a message of every kind, as an incident in the middle of its course would have it.
func templates(l lang.Lang, base string, zone *time.Location, now time.Time) map[string]bot.Message {
	i := &incident.Incident{
		Number: incident.NumberOf(now, zone, 1), Title: "Checkout times out", Summary: "Payments fail for one in ten.", Status: incident.Investigating,
		Impact: "large", Urgency: "high", Priority: incident.P1, Opened: now, Reported: now, Changed: now, Acting: "p1",
		Services: []string{"payments"}, Tasks: []incident.Task{{Text: "Look at the database"}},
	}
	v := bot.View{
		Names: func(id incident.PersonID) string { return string(id) }, Lang: l, Zone: zone, Now: now, BaseURL: base,
		Policy: incident.DefaultPolicy(zone),
	}
	return map[string]bot.Message{
		"card":         {Card: bot.CardFor(i, v), Lang: l},
		"announcement": {Card: bot.AnnouncementFor(i, v), Lang: l},
		"brief":        {Card: bot.BriefFor(i, nil, v), Lang: l},
	}
}

// nobody is a directory without people, for what is shown to none.
type nobody struct{}

func (nobody) Person(context.Context, incident.PersonID) (incident.Person, error) {
	return incident.Person{}, incident.ErrNotFound
}

func (nobody) Meet(context.Context, incident.Identity, string, string) (incident.Person, error) {
	return incident.Person{}, incident.ErrNotFound
}

func (nobody) SavePerson(context.Context, incident.Person) error { return incident.ErrNotFound }

func (nobody) Identities(context.Context, incident.PersonID) ([]incident.Identity, error) {
	return nil, incident.ErrNotFound
}
