package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"matoi/incident"
	"matoi/lang"
)

// The bounds of what is simulated.
const (
	simulateMost   = 31 * 24 * time.Hour
	simulateSteps  = 200_000 // of the clock: reminders end with what is answered, and so does this
	simulateLength = 64 << 20
)

// simulateCommand plays alerts against a policy in a time of its own and tells who would have been told what, and when.
func (w World) simulateCommand(l lang.Lang) *cobra.Command {
	var file, policy, from, at, picture, in string
	var long time.Duration
	var answers []string
	t := func(id string) string { return lang.Text(l, id, nil) }
	c := &cobra.Command{
		Use: "simulate --from alerts.json", Short: t("simulate.short"), Long: t("simulate.long"), Args: cobra.NoArgs,
		Example: "  matoi simulate --policy matoi.yaml --from alerts.json --at 2026-11-23T08:00 --answer 佐藤=10m --svg day.svg",
	}
	c.Flags().StringVar(&file, "config", "", t("cli.flag_config"))
	c.Flags().StringVar(&policy, "policy", "", t("simulate.flag_policy"))
	c.Flags().StringVar(&from, "from", "", t("simulate.flag_from"))
	c.Flags().StringVar(&at, "at", "", t("simulate.flag_at"))
	c.Flags().DurationVar(&long, "for", 24*time.Hour, t("simulate.flag_for"))
	c.Flags().StringArrayVar(&answers, "answer", nil, t("simulate.flag_answer"))
	c.Flags().StringVar(&picture, "svg", "", t("simulate.flag_svg"))
	c.Flags().StringVar(&in, "lang", "", t("simulate.flag_lang"))
	_ = c.MarkFlagRequired("from")
	c.MarkFlagsMutuallyExclusive("config", "policy")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		if in != "" {
			chosen, ok := lang.Parse(in)
			if !ok {
				return misuse(lang.Text(l, "simulate.bad_lang", lang.Args{"Given": in}))
			}
			l = chosen
		}
		if policy != "" {
			file = policy
		}
		config, err := w.rules(file)
		if err != nil {
			return err
		}
		s := simulation{Lang: l, Long: long, Begin: w.now()}
		if s.Begin, err = readInstant(at, s.Begin, config.zone()); err != nil || long <= 0 || long > simulateMost {
			return misuse(lang.Text(l, "simulate.bad_time", lang.Args{"At": at, "For": long.String()}))
		}
		if s.Answers, err = readAnswers(answers); err != nil {
			return misuse(lang.Text(l, "simulate.bad_answer", lang.Args{"Given": err.Error()}))
		}
		if s.Inputs, err = w.inputs(from, s.Begin, config); err != nil {
			return errors.New(lang.Text(l, "simulate.bad_input", lang.Args{"File": from, "Why": err.Error()}))
		}
		day, err := s.run(cmd.Context(), config)
		if err != nil {
			return err
		}
		if err := day.write(w.Out); err != nil || picture == "" {
			return err
		}
		return os.WriteFile(picture, []byte(day.svg()), 0o600)
	}
	return c
}

// rules reads a configuration for its rules alone: secrets are not asked for, because nothing is sent to anybody.
func (w World) rules(file string) (Config, error) {
	return LoadConfig(file, Env{
		Blind:  true,
		Lookup: func(name string) (string, bool) { return "not looked at: " + name, true },
		Read: func(name string) ([]byte, error) {
			text, err := w.Read(name)
			if err != nil && name != file && name != "matoi.yaml" {
				return []byte("not looked at: " + name), nil
			}
			return text, err
		},
		Catalog: w.Catalog,
	})
}

// inputs reads what happens on the day.
func (w World) inputs(file string, begin time.Time, c Config) ([]happening, error) {
	if file == "-" {
		text, err := io.ReadAll(io.LimitReader(w.In, simulateLength))
		if err != nil {
			return nil, err
		}
		return readInputs(text, begin, c)
	}
	text, err := w.Read(file)
	if err != nil {
		return nil, err
	}
	return readInputs(text, begin, c)
}

// day is what came of a simulation.
type day struct {
	Lang       lang.Lang
	Zone       *time.Location
	Begin, End time.Time
	Rows       []pinged
	Due        []dued
	People     map[incident.PersonID]incident.Person
	Incidents  []*incident.Incident
	Policy     incident.Policy
	Names      func(incident.PersonID) string
}

// zoneOf is where a person is.
func (d *day) zoneOf(id incident.PersonID) *time.Location {
	if z, err := time.LoadLocation(d.People[id].Zone); err == nil && d.People[id].Zone != "" {
		return z
	}
	return d.Zone
}

// night reports whether somebody is asleep: from 22:00 to 7:00 where they are.
func (d *day) night(id incident.PersonID, at time.Time) bool {
	hour := at.In(d.zoneOf(id)).Hour()
	return hour >= 22 || hour < 7
}

// simulation is what shall be tried.
type simulation struct {
	Lang    lang.Lang
	Begin   time.Time
	Long    time.Duration
	Inputs  []happening
	Answers []answering
	// Laid is laid over what the configuration says of alerts; it may be nil.
	Laid overlay
	// Told says that the inputs tell of heartbeats that fell silent: what does not come is no silence.
	Told bool

	// Before is called when the next thing to happen is known, Each after it happened, and Last at the end; they may be nil.
	Before func(ctx context.Context, now, next time.Time) error
	Each   func(ctx context.Context, t *theatre) error
	Last   func(ctx context.Context, t *theatre) error
}

// run plays it in a scratch folder that is gone afterwards.
func (s simulation) run(ctx context.Context, c Config) (d *day, err error) {
	if c.Data, err = os.MkdirTemp("", "matoi-simulate-"); err != nil {
		return nil, fmt.Errorf("make a scratch folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(c.Data)) }()
	return s.play(ctx, c)
}
