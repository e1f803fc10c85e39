package main

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
)

// verifyCommand checks the hash chain of every incident and that its row is the fold of its entries, and with --heads that
// nothing was cut off or written anew since those were exported. It needs no configuration and works beside a running server.
func (w World) verifyCommand(l lang.Lang) *cobra.Command {
	var data, file, heads, key string
	c := &cobra.Command{Use: "verify", Short: lang.Text(l, "cli.verify", nil), Args: cobra.NoArgs}
	c.Flags().StringVar(&data, "data", "", lang.Text(l, "cli.flag_data_read", nil))
	c.Flags().StringVar(&file, "config", "", lang.Text(l, "cli.flag_config", nil))
	c.Flags().StringVar(&heads, "heads", "", lang.Text(l, "cli.flag_heads", nil))
	c.Flags().StringVar(&key, "public-key", "", lang.Text(l, "cli.flag_public_key", nil))
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		if key != "" && heads == "" { // it would look as if a signature had been checked
			return misuse(lang.Text(l, "cli.public_key_alone", nil))
		}
		var o storage.Verifying
		if heads != "" {
			var err error
			if o.Heads, err = readHeads(heads, key); err != nil {
				return err
			}
		}
		where, err := w.database(data, file)
		if err != nil {
			return err
		}
		if err := storage.WholeBackup(cmd.Context(), where); err != nil {
			return err
		}
		s, copied, err := storage.OpenToVerify(cmd.Context(), where)
		if err != nil {
			return err
		}
		if copied {
			_, _ = fmt.Fprintln(w.Err, lang.Text(l, "cli.verify_copied", nil))
		}
		if data == "" { // the configuration is this database's
			o.Policy = w.policy(cmd.Context(), file, s)
		}
		if err := s.Sound(cmd.Context()); err != nil {
			return errors.Join(err, s.Close())
		}
		if err := errors.Join(w.verified(cmd.Context(), s, o, l), s.Close()); err != nil {
			return err
		}
		if o.Heads != nil {
			_, _ = fmt.Fprintln(w.Out, lang.Text(l, "cli.heads_good", lang.Args{"N": o.Heads.Len(), "At": utc(o.Heads.At)}))
			if key == "" {
				_, _ = fmt.Fprintln(w.Err, lang.Text(l, "cli.heads_own_key", nil))
			}
		}
		return nil
	}
	return c
}

// verified prints what verify found; errSaid where that is something broken.
func (w World) verified(ctx context.Context, s *storage.Storage, o storage.Verifying, l lang.Lang) error {
	v, broken, err := s.VerifyAll(ctx, o)
	if err != nil {
		return err
	}
	if broken != nil {
		return w.sayBroken(broken, v.Incidents, l)
	}
	_, _ = fmt.Fprintln(w.Out, lang.Text(l, "cli.verify_good", lang.Args{"N": v.Incidents}))
	if v.Erased > 0 {
		_, _ = fmt.Fprintln(w.Out, lang.Text(l, "cli.verify_erased", lang.Args{"N": v.Erased}))
	}
	return nil
}

// sayBroken says in two lines what is broken, with the code of why for machines, and how much before it holds.
func (w World) sayBroken(b *incident.Broken, good int, l lang.Lang) error {
	args := lang.Args{"Number": b.Number.String(), "Seq": b.Seq, "Why": whyBroken(b, l), "Code": b.Code}
	if b.Number == 0 {
		args["Number"] = lang.Text(l, "cli.register", nil)
	}
	said := lang.Text(l, "cli.verify_broken_whole", args)
	if b.Seq > 0 {
		said = lang.Text(l, "cli.verify_broken", args)
	}
	_, _ = fmt.Fprintln(w.Err, said)
	if good > 0 {
		_, _ = fmt.Fprintln(w.Err, lang.Text(l, "cli.verify_before", lang.Args{"N": good}))
	}
	return errSaid
}

// whyBroken words the reason, with times as a record names them.
func whyBroken(b *incident.Broken, l lang.Lang) string {
	args := lang.Args{}
	for name, v := range b.Args {
		if at, is := v.(time.Time); is {
			v = utc(at)
		}
		args[name] = v
	}
	return lang.Text(l, "broken."+b.Code, args)
}

// utc is a time as the tools write it, which look at no configuration for a zone.
func utc(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05 UTC") }

// policy is the one in force by a configuration, nil where that cannot be told without writing.
func (w World) policy(ctx context.Context, file string, s *storage.Storage) *incident.Policy {
	c, err := LoadConfig(file, w.Env)
	if err != nil {
		return nil
	}
	named := func(name string) (incident.PersonID, error) {
		found, err := s.Named(ctx, name)
		if err == nil && len(found) != 1 {
			err = incident.ErrNotFound
		}
		if err != nil {
			return "", err
		}
		return found[0].ID, nil
	}
	var lists [2][]incident.PersonID
	asked, _ := c.asked()
	for k, names := range [][]string{asked, c.Managers} {
		for _, name := range names {
			id, err := named(name)
			if err != nil {
				return nil
			}
			lists[k] = append(lists[k], id)
		}
	}
	schedules, err := c.duties(named)
	if err != nil {
		return nil
	}
	p, err := c.escalate(c.Policy(time.Now(), lists[0], lists[1], schedules...), named)
	if err != nil {
		return nil
	}
	return &p
}

// publicKey reads base64, or a file that holds it or the signing key itself.
func publicKey(key string) (ed25519.PublicKey, error) {
	text, err := os.ReadFile(key)
	if err != nil {
		return storage.ParsePublicKey(key)
	}
	if private, ok := parseKey(text); ok {
		public, _ := private.Public().(ed25519.PublicKey)
		return public, nil
	}
	return storage.ParsePublicKey(string(text))
}

// readHeads reads exported heads; key is what publicKey reads.
func readHeads(file, key string) (*storage.Heads, error) {
	var public ed25519.PublicKey
	if key != "" {
		var err error
		if public, err = publicKey(key); err != nil {
			return nil, err
		}
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("open the heads: %w", err)
	}
	defer f.Close()
	return storage.ReadHeads(bufio.NewReader(f), public)
}
