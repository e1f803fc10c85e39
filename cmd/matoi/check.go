package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"matoi/lang"
	"matoi/storage"
)

// checkCommand names every mistake in the configuration, and says whether the database can be used.
func (w World) checkCommand(l lang.Lang) *cobra.Command {
	var listen, data, file string
	var schema bool
	c := &cobra.Command{Use: "check", Short: lang.Text(l, "cli.check", nil), Args: cobra.NoArgs}
	c.Flags().StringVar(&listen, "listen", "", lang.Text(l, "cli.flag_listen", nil))
	c.Flags().StringVar(&data, "data", "", lang.Text(l, "cli.flag_data", nil))
	c.Flags().StringVar(&file, "config", "", lang.Text(l, "cli.flag_config", nil))
	c.Flags().BoolVar(&schema, "schema", false, lang.Text(l, "cli.flag_schema", nil))
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		if schema {
			_, err := w.Out.Write(configSchema)
			return err
		}
		config, err := LoadConfig(file, w.Env)
		if err != nil {
			return err
		}
		config.Listen, config.Data = cmp.Or(listen, config.Listen), cmp.Or(data, config.Data)
		if config.Exposed() {
			return Mistakes{exposed(config, file, listen)}
		}
		_, _ = fmt.Fprintln(w.Out, lang.Text(l, "cli.config_good", nil))
		w.checkReach(config, l)
		w.checkCalendars(config, w.now(), l)
		w.checkSchedules(cmd.Context(), config, w.now(), l)
		w.checkCalls(config, l)
		w.checkCounted(config, l)
		w.checkFurther(config, w.now(), l)
		w.checkCatalogue(config, l)
		w.checkRules(config, l)
		return w.checkDatabase(cmd.Context(), config, l)
	}
	return c
}

// exposed is the mistake of listening where others come by while nobody has to prove who they are. flag is what the
// command line said, if that is where the address stands.
func exposed(c Config, file, flag string) Mistake {
	m := Mistake{File: file, Key: "listen", What: "config.listen_open", Args: lang.Args{"Word": c.Listen}}
	if _, port, err := net.SplitHostPort(c.Listen); err != nil || port == "" {
		m.What = "config.listen"
	}
	if flag != "" {
		m.File, m.Key = "--listen", ""
	}
	return m
}

// checkDatabase opens the database for reading, beside a server that may run.
func (w World) checkDatabase(ctx context.Context, c Config, l lang.Lang) error {
	where := c.Database.Postgres.Reveal()
	if where == "" {
		where = c.Data
		if _, err := os.Stat(filepath.Join(c.Data, "matoi.db")); errors.Is(err, fs.ErrNotExist) {
			_, _ = fmt.Fprintln(w.Out, lang.Text(l, "cli.database_none", lang.Args{"Folder": c.Data}))
			return nil
		}
	}
	s, err := storage.OpenReadOnly(ctx, where)
	if c.Database.Postgres.Reveal() != "" {
		where = "PostgreSQL" // the connection string holds a password
	}
	if errors.Is(err, storage.ErrNone) {
		_, _ = fmt.Fprintln(w.Out, lang.Text(l, "cli.database_none", lang.Args{"Folder": where}))
		return nil
	}
	if err != nil {
		return err
	}
	err = errors.Join(s.Ready(ctx), s.Sound(ctx))
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	_, _ = fmt.Fprintln(w.Out, lang.Text(l, "cli.database_good", lang.Args{"Folder": where}))
	return nil
}
