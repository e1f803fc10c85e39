package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
)

// verifyCommand checks the hash chain of every incident and that its row is the fold of its entries. It needs no
// configuration and works beside a running server.
func (w World) verifyCommand(l lang.Lang) *cobra.Command {
	var data, file string
	c := &cobra.Command{Use: "verify", Short: lang.Text(l, "cli.verify", nil), Args: cobra.NoArgs}
	c.Flags().StringVar(&data, "data", "", lang.Text(l, "cli.flag_data_read", nil))
	c.Flags().StringVar(&file, "config", "", lang.Text(l, "cli.flag_config", nil))
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		where, err := w.database(data, file)
		if err != nil {
			return err
		}
		s, err := storage.OpenReadOnly(cmd.Context(), where)
		if err != nil {
			return err
		}
		good := 0
		broken, err := s.Verify(cmd.Context(), func(incident.Number) { good++ })
		if err = errors.Join(err, s.Close()); err != nil {
			return err
		}
		if broken != nil {
			_, _ = fmt.Fprintln(w.Err, lang.Text(l, "cli.verify_broken", lang.Args{
				"Number": broken.Number.String(), "Seq": broken.Seq, "Why": broken.Why, "N": good,
			}))
			return errSaid
		}
		_, _ = fmt.Fprintln(w.Out, lang.Text(l, "cli.verify_good", lang.Args{"N": good}))
		return nil
	}
	return c
}
