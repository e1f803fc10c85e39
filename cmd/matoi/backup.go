package main

import (
	"bufio"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
)

// backupCommand writes a consistent copy of the embedded database, also while the server runs.
func (w World) backupCommand(l lang.Lang) *cobra.Command {
	var data, file string
	c := &cobra.Command{Use: "backup FILE", Short: lang.Text(l, "cli.backup", nil), Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&data, "data", "", lang.Text(l, "cli.flag_data_read", nil))
	c.Flags().StringVar(&file, "config", "", lang.Text(l, "cli.flag_config", nil))
	c.RunE = func(cmd *cobra.Command, args []string) error {
		where, err := w.database(data, file)
		if err != nil {
			return err
		}
		s, err := storage.OpenAsIs(cmd.Context(), where)
		if err != nil {
			return err
		}
		if err := errors.Join(s.Backup(cmd.Context(), args[0]), s.Close()); err != nil {
			return err
		}
		_, _ = fmt.Fprintln(w.Out, lang.Text(l, "cli.backup_done", lang.Args{"File": args[0]}))
		return nil
	}
	return c
}

// exportCommand writes everything as lines of JSON. What leaves the house shows no more of private incidents than that
// there are such numbers, unless that is asked for.
func (w World) exportCommand(l lang.Lang) *cobra.Command {
	var data, file string
	var private bool
	c := &cobra.Command{Use: "export", Short: lang.Text(l, "cli.export", nil), Args: cobra.NoArgs}
	c.Flags().StringVar(&data, "data", "", lang.Text(l, "cli.flag_data_read", nil))
	c.Flags().StringVar(&file, "config", "", lang.Text(l, "cli.flag_config", nil))
	c.Flags().BoolVar(&private, "private", false, lang.Text(l, "cli.flag_private", nil))
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		where, err := w.database(data, file)
		if err != nil {
			return err
		}
		s, _, err := storage.OpenToVerify(cmd.Context(), where)
		if err != nil {
			return err
		}
		out := bufio.NewWriter(w.Out)
		return errors.Join(s.ExportFor(cmd.Context(), incident.Viewer{All: private}, out), out.Flush(), s.Close())
	}
	return c
}
