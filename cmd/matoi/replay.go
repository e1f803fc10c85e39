package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/lang"
	"matoi/storage"
)

// The bounds of what is replayed.
const (
	replayLength = 1 << 30 // of a file, in bytes
	replayMost   = 366 * 24 * time.Hour
)

// replayCommand plays recorded or stored alerts against a configuration and tells what would have opened.
func (w World) replayCommand(l lang.Lang) *cobra.Command {
	var file, data, source, at, in, stored string
	var speed float64
	var after time.Duration
	var machine bool
	t := func(id string) string { return lang.Text(l, id, nil) }
	c := &cobra.Command{
		Use: "replay FILE...", Short: t("replay.short"), Long: t("replay.long"),
		Example: "  matoi alert replay storm.jsonl --speed 60\n  matoi alert replay --stored 7d",
	}
	c.Flags().StringVar(&file, "config", "", t("cli.flag_config_rules"))
	c.Flags().StringVar(&stored, "stored", "", t("replay.flag_stored"))
	c.Flags().StringVar(&data, "data", "", t("cli.flag_data_read"))
	c.Flags().StringVar(&source, "source", "", t("replay.flag_source"))
	c.Flags().StringVar(&at, "at", "", t("replay.flag_at"))
	c.Flags().Float64Var(&speed, "speed", 0, t("replay.flag_speed"))
	c.Flags().DurationVar(&after, "after", time.Hour, t("replay.flag_after"))
	c.Flags().BoolVar(&machine, "json", false, t("replay.flag_json"))
	c.Flags().StringVar(&in, "lang", "", t("simulate.flag_lang"))
	c.RunE = func(cmd *cobra.Command, files []string) error {
		if in != "" {
			chosen, ok := lang.Parse(in)
			if !ok {
				return misuse(lang.Text(l, "simulate.bad_lang", lang.Args{"Given": in}))
			}
			l = chosen
		}
		if (stored == "") == (len(files) == 0) || speed < 0 || after < 0 || after > replayMost {
			return misuse(t("replay.bad_usage"))
		}
		config, err := w.rules(file)
		if err != nil {
			return err
		}
		r := rerun{lang: l, zone: config.zone(), speed: speed, after: after, out: w.Out, seen: map[string]int64{}}
		r.used = used{Rules: len(config.Rules), Windows: len(config.Maintenance)}
		if machine {
			r.out = w.Err
		}
		if stored != "" {
			err = w.remembered(cmd.Context(), &r, &config, stored, data, file)
		} else {
			var begin time.Time
			if begin, err = readInstant(at, w.now(), r.zone); err == nil {
				r.inputs, err = w.readRequests(files, source, begin, config, func(file string, line, before int) error {
					what := "replay.left_out"
					if line > 0 {
						what = "replay.cut"
					}
					_, err := fmt.Fprintln(w.Err, lang.Text(l, what, lang.Args{"File": file, "Line": line, "N": before}))
					return err
				})
			}
		}
		if err != nil {
			return err
		}
		if len(r.inputs) == 0 && r.memory != nil && r.memory.Unjudged > 0 {
			return errors.New(lang.Text(l, "replay.nothing_judged", lang.Args{"N": r.memory.Unjudged}))
		}
		if len(r.inputs) == 0 && r.memory != nil && len(r.memory.Unknown) > 0 {
			return errors.New(lang.Text(l, "replay.unknown_heartbeats", lang.Args{"Names": withCounts(r.memory.Unknown)}) + " " + t("replay.nothing"))
		}
		if len(r.inputs) == 0 {
			return errors.New(t("replay.nothing"))
		}
		done, err := r.run(cmd.Context(), config)
		if err != nil {
			return err
		}
		return done.tell(w.Out, l, machine)
	}
	return c
}

// remembered takes what is to be replayed from a store, which is only read.
func (w World) remembered(ctx context.Context, r *rerun, c *Config, stored, data, file string) error {
	var long Duration
	if err := long.UnmarshalText([]byte(stored)); err != nil || long <= 0 || time.Duration(long) > replayMost {
		return misuse(lang.Text(r.lang, "replay.bad_stored", lang.Args{"Given": stored}))
	}
	where, err := w.database(data, file)
	if err != nil {
		return err
	}
	s, _, err := storage.OpenToVerify(ctx, where)
	if err != nil {
		return err
	}
	since := w.now().UTC().Add(-time.Duration(long))
	rows, err := s.AlertsSince(ctx, since)
	undecoded, failed := s.UndecodedSince(ctx, since)
	made, unmade := s.AlertRules(ctx, false)
	silences, unheard := s.Silences(ctx, since)
	if err := errors.Join(err, failed, unmade, unheard, s.Close()); err != nil {
		return err
	}
	if err := r.lay(w.Err, made, silences); err != nil {
		return err
	}
	judge := c.alerts()
	r.laid(&judge)
	if r.inputs, r.memory, err = remember(rows, undecoded, *c, judge); err != nil {
		return err
	}
	if c.Sources, err = retelling(r.inputs, *c); err != nil {
		return fmt.Errorf("tell stored alerts anew: %w", err)
	}
	return nil
}

// lay takes the rules that people made and that stand, and the silences that they set, each of which is in force while it was. What this
// version can't read is named and left out.
func (r *rerun) lay(warn io.Writer, made []alert.StoredRule, silences []bot.Silence) error {
	rules, unread := alert.Stored(made)
	quiet, unheard := alert.NewSilences(silences)
	if err := errors.Join(unread, unheard); err != nil {
		if _, err := fmt.Fprintln(warn, err); err != nil {
			return err
		}
	}
	r.used.Stored, r.used.Made, r.used.Silences = true, len(rules), len(quiet)
	r.laid = func(c *alert.Config) {
		c.Rules = append(slices.Clone(rules), c.Rules...)
		c.Silences = append(slices.Clone(quiet), c.Silences...)
	}
	return nil
}

// used counts what judged: rules and maintenance windows of the configuration and, where the alerts came from a database, rules and silences
// of people.
type used struct {
	Rules    int  `json:"rules"`
	Windows  int  `json:"windows"`
	Stored   bool `json:"stored"`
	Made     int  `json:"rules_of_people"`
	Silences int  `json:"silences_of_people"`
}

// rerun is what is to be replayed, and how.
type rerun struct {
	lang   lang.Lang
	zone   *time.Location
	inputs []happening
	memory *memory // nil where nothing is compared
	laid   overlay // what people set, laid over the configuration; nil where the alerts are none of a database
	used   used
	speed  float64 // how many times faster than it was; 0 is as fast as it can
	after  time.Duration
	out    io.Writer        // what happens as it happens
	seen   map[string]int64 // entries that were shown, by incident
	began  time.Time        // of the real clock
}
