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
	c.AddCommand(w.doctorSlackCommand(l), w.doctorMailCommand(l))
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
		all := config.Slack.On()
		if len(all) == 0 {
			return misuse(lang.Text(l, "cli.slack_none", nil))
		}
		base := cmp.Or(config.BaseURL, "http://"+config.Listen)
		servers := w.askServer(cmd.Context(), cmp.Or(address, base))
		homes := slackHomes(cmd.Context(), config)
		var failed error
		for _, one := range all {
			if len(all) > 1 {
				_, _ = fmt.Fprintln(w.Out, lang.Text(l, "cli.doctor_realm", lang.Args{"Realm": one.Realm()}))
			}
			a := slack.New(slack.Options{
				Realm: one.Realm(), Config: one, People: nobody{}, Now: w.now, Lang: l, Name: config.Command.Name, BaseURL: base,
			})
			server := servers[""]
			if len(all) > 1 {
				server = servers[one.Realm()]
			}
			server.Home = homes[one.Realm()]
			failed = cmp.Or(failed, w.sayFindings(a.Examine(cmd.Context(), templates(l, base, config.zone(), w.now()), server), l))
		}
		return failed
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

// askServer asks a running server's figures of Slack, by realm where it has several workspaces.
func (w World) askServer(ctx context.Context, address string) map[string]slack.Server {
	s := map[string]slack.Server{}
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
		name, realm := ofRealm(name)
		of := s[realm]
		switch name {
		case slack.FigureHeard:
			if of.Known = true; value != 0 {
				of.Heard = time.UnixMicro(int64(value * 1e6))
			}
		case slack.FigureSockets:
			of.Sockets = int(value)
		default:
			continue
		}
		s[realm] = of
	}
	return s
}

// ofRealm takes a figure's name apart from the realm in its label, "" where it has none.
func ofRealm(name string) (figure, realm string) {
	figure, labels, _ := strings.Cut(name, "{")
	_, realm, _ = strings.Cut(labels, slack.FigureRealm+`="`)
	realm, _, _ = strings.Cut(realm, `"`)
	return figure, realm
}

// slackHomes reads out of the record, beside a server that may run, in which workspace the rooms of each realm are; none where
// that can't be told: what is wrong with the record is not for this doctor.
func slackHomes(ctx context.Context, c Config) map[string]*incident.Workspace {
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
	homes := map[string]*incident.Workspace{}
	for _, one := range c.Slack {
		if home, err := s.Workspace(ctx, one.Realm()); err == nil {
			homes[one.Realm()] = &home
		}
	}
	return homes
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
