package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
)

// recordDeed is who does something to the record, and why.
type recordDeed struct{ data, file, by, why string }

func (d *recordDeed) flags(c *cobra.Command, l lang.Lang) {
	c.Flags().StringVar(&d.data, "data", "", lang.Text(l, "cli.flag_data", nil))
	c.Flags().StringVar(&d.file, "config", "", lang.Text(l, "cli.flag_config", nil))
	c.Flags().StringVar(&d.by, "by", "", lang.Text(l, "cli.flag_by", nil))
	c.Flags().StringVar(&d.why, "why", "", lang.Text(l, "cli.flag_why", nil))
	_, _ = c.MarkFlagRequired("by"), c.MarkFlagRequired("why")
}

// eraseCommand takes a person, or the text of entries, out of the record. The embedded database must not be in use, so that
// no server keeps in memory what is gone.
func (w World) eraseCommand(l lang.Lang) *cobra.Command {
	c := &cobra.Command{Use: "erase", Short: lang.Text(l, "cli.erase", nil)}
	var person, entry recordDeed
	ofPerson := &cobra.Command{
		Use: "person WHO", Short: lang.Text(l, "cli.erase_person", nil), Args: cobra.ExactArgs(1),
		Example: "  matoi erase person yamada@example.com --by sato@example.com --why 'request 2026-17'",
	}
	person.flags(ofPerson, l)
	ofPerson.RunE = func(cmd *cobra.Command, args []string) error {
		return w.onRecord(cmd.Context(), person, true, l, func(s *storage.Storage, by incident.By) (string, error) {
			p, err := whom(cmd.Context(), s, args[0], l)
			if err != nil {
				return "", err
			}
			return lang.Text(l, "cli.erase_person_done", lang.Args{"ID": string(p)}), s.Erase(cmd.Context(), p, by, person.why)
		})
	}
	ofEntry := &cobra.Command{
		Use: "entry INCIDENT ENTRY…", Short: lang.Text(l, "cli.erase_entry", nil), Args: cobra.MinimumNArgs(2),
		Example: "  matoi erase entry INC-20261121-001 12 13 --by sato@example.com --why 'request 2026-17'",
	}
	entry.flags(ofEntry, l)
	ofEntry.RunE = func(cmd *cobra.Command, args []string) error {
		n, seqs, err := entriesOf(args, l)
		if err != nil {
			return err
		}
		return w.onRecord(cmd.Context(), entry, true, l, func(s *storage.Storage, by incident.By) (string, error) {
			return lang.Text(l, "cli.erase_entry_done", lang.Args{"Number": n.String()}), known(n, s.EraseEntries(cmd.Context(), n, seqs, by, entry.why))
		})
	}
	c.AddCommand(ofPerson, ofEntry)
	return c
}

// holdCommand sets and lifts legal holds.
func (w World) holdCommand(l lang.Lang) *cobra.Command {
	var d recordDeed
	var lift bool
	c := &cobra.Command{
		Use: "legal-hold INCIDENT|all", Short: lang.Text(l, "cli.legal_hold", nil), Args: cobra.ExactArgs(1),
		Example: "  matoi legal-hold INC-20261121-001 --by sato@example.com --why 'case 12/2026'",
	}
	d.flags(c, l)
	c.Flags().BoolVar(&lift, "lift", false, lang.Text(l, "cli.flag_lift", nil))
	c.RunE = func(cmd *cobra.Command, args []string) error {
		n, ok := incident.ParseNumber(args[0])
		if !ok && args[0] != "all" {
			return misuse(lang.Text(l, "cli.no_number", lang.Args{"Given": args[0]}))
		}
		return w.onRecord(cmd.Context(), d, false, l, func(s *storage.Storage, by incident.By) (string, error) {
			return lang.Text(l, "cli.legal_hold_done", nil), known(n, s.Hold(cmd.Context(), n, lift, by, d.why))
		})
	}
	return c
}

// onRecord opens the database for writing, does the deed as the person it names, and takes off the disk what it erased.
func (w World) onRecord(ctx context.Context, d recordDeed, scrub bool, l lang.Lang, do func(*storage.Storage, incident.By) (string, error)) error {
	where, err := w.database(d.data, d.file)
	if err != nil {
		return err
	}
	o := storage.Options{Path: where, Now: w.now}
	if storage.IsPostgres(where) {
		o = storage.Options{Postgres: where, Now: w.now}
	} else if s, err := storage.OpenAsIs(ctx, where); err != nil { // a mistyped folder must not become a database
		return err
	} else if err := s.Close(); err != nil {
		return err
	}
	s, err := storage.Open(ctx, o)
	if err != nil {
		return err
	}
	by, err := whom(ctx, s, d.by, l)
	done := ""
	if err == nil {
		<-s.Renewed()
		done, err = do(s, incident.By{Person: by})
	}
	err = errors.Join(err, s.Close())
	if refusal, ok := errors.AsType[*incident.Refusal](err); ok {
		if scrub && (refusal.Code == "erase_again" || refusal.Code == "erase_person_again") { // the time before may have ended in between
			if err := storage.Scrub(ctx, o); err != nil {
				return errors.New(lang.Text(l, "cli.erase_left", lang.Args{"Why": err.Error()}))
			}
		}
		return errors.New(lang.Text(l, "refusal."+refusal.Code, refusal.Args))
	}
	if broken, ok := errors.AsType[*incident.Broken](err); ok {
		return w.sayBroken(broken, 0, l)
	}
	if err != nil {
		return err
	}
	if scrub {
		if err := storage.Scrub(ctx, o); err != nil {
			_, _ = fmt.Fprintln(w.Out, done)
			return errors.New(lang.Text(l, "cli.erase_left", lang.Args{"Why": err.Error()}))
		}
	}
	_, _ = fmt.Fprintln(w.Out, done)
	return nil
}

// known says which incident it was that there is not.
func known(n incident.Number, err error) error {
	if errors.Is(err, incident.ErrNotFound) {
		return incident.Refuse("not_found", "Number", n.String())
	}
	return err
}

// whom finds one person by id, name or address.
func whom(ctx context.Context, s *storage.Storage, who string, l lang.Lang) (incident.PersonID, error) {
	if p, err := s.Person(ctx, incident.PersonID(who)); err == nil {
		return p.ID, nil
	}
	found, err := s.Named(ctx, who)
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", errors.New(lang.Text(l, "cli.nobody", lang.Args{"Who": who}))
	case len(found) > 1:
		var all []string
		for _, p := range found {
			all = append(all, string(p.ID)+" "+p.Email)
		}
		return "", errors.New(lang.Text(l, "cli.several", lang.Args{"Who": who, "All": strings.Join(all, ", ")}))
	}
	return found[0].ID, nil
}

func entriesOf(args []string, l lang.Lang) (n incident.Number, seqs []int64, err error) {
	n, ok := incident.ParseNumber(args[0])
	if !ok {
		return 0, nil, misuse(lang.Text(l, "cli.no_number", lang.Args{"Given": args[0]}))
	}
	for _, a := range args[1:] {
		seq, err := strconv.ParseInt(strings.TrimPrefix(a, "#"), 10, 64)
		if err != nil {
			return 0, nil, misuse(lang.Text(l, "cli.no_entry", lang.Args{"Given": a}))
		}
		seqs = append(seqs, seq)
	}
	return n, seqs, nil
}
