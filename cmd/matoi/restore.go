package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
)

// restoreCommand puts a backup into a data folder in which no server runs.
func (w World) restoreCommand(l lang.Lang) *cobra.Command {
	var data, file string
	var force bool
	c := &cobra.Command{Use: "restore FILE", Short: lang.Text(l, "cli.restore", nil), Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&data, "data", "", lang.Text(l, "cli.flag_data", nil))
	c.Flags().StringVar(&file, "config", "", lang.Text(l, "cli.flag_config", nil))
	c.Flags().BoolVar(&force, "force", false, lang.Text(l, "cli.flag_force", nil))
	c.RunE = func(cmd *cobra.Command, args []string) error {
		where, err := w.database(data, file)
		if err != nil {
			return err
		}
		if storage.IsPostgres(where) {
			return errors.New(lang.Text(l, "cli.restore_postgres", nil))
		}
		r, err := storage.Restore(cmd.Context(), args[0], where, force, w.now())
		if broken, ok := errors.AsType[*incident.Broken](err); ok {
			return w.sayBroken(broken, r.Incidents, l)
		}
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintln(w.Out, lang.Text(l, "cli.restore_done", lang.Args{"N": r.Incidents, "Folder": where}))
		if r.Aside != "" {
			_, _ = fmt.Fprintln(w.Out, lang.Text(l, "cli.restore_aside", lang.Args{"Folder": r.Aside}))
		}
		return nil
	}
	return c
}

// now is the time of the commands that record one.
func (w World) now() time.Time {
	if w.Machine != nil {
		return w.Machine()
	}
	return time.Now()
}
