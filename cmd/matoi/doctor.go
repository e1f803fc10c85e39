package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"matoi/bot"
	"matoi/bot/slack"
	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
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
		server := w.askServer(cmd.Context(), cmp.Or(address, base))
		server.Home = slackHome(cmd.Context(), config)
		return w.sayFindings(a.Examine(cmd.Context(), templates(l, base, config.zone(), w.now()), server), l)
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

// askServer asks a running server's figures of Slack.
func (w World) askServer(ctx context.Context, address string) (s slack.Server) {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(address, "/")+"/metrics", nil)
	if err != nil {
		return s
	}
	if token, ok := w.Lookup("MATOI_TOKEN"); ok && token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return s
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(io.LimitReader(resp.Body, 4<<20)); lines.Scan(); {
		name, word, _ := strings.Cut(lines.Text(), " ")
		value, err := strconv.ParseFloat(word, 64)
		if err != nil {
			continue
		}
		switch name {
		case slack.FigureHeard:
			if s.Known = true; value != 0 {
				s.Heard = time.UnixMicro(int64(value * 1e6))
			}
		case slack.FigureSockets:
			s.Sockets = int(value)
		}
	}
	return s
}

// slackHome reads out of the record, beside a server that may run, in which workspace its rooms are; nil where that can't be
// told: what is wrong with the record is not for this doctor.
func slackHome(ctx context.Context, c Config) *incident.Workspace {
	where := c.Database.Postgres.Reveal()
	if where == "" {
		where = c.Data
		if _, err := os.Stat(filepath.Join(where, "matoi.db")); err != nil {
			return nil
		}
	}
	s, err := storage.OpenReadOnly(ctx, where)
	if err != nil {
		return nil
	}
	defer s.Close()
	home, err := s.Workspace(ctx, slack.Realm)
	if err != nil {
		return nil
	}
	return &home
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
