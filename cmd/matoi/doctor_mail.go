package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"matoi/bot/mail"
	"matoi/lang"
)

// doctorMailCommand talks to the mail server as far as a login. It sends nothing: whoever wants a mail types ways test.
func (w World) doctorMailCommand(l lang.Lang) *cobra.Command {
	var file string
	c := &cobra.Command{Use: "mail", Short: lang.Text(l, "cli.doctor_mail", nil), Args: cobra.NoArgs, Example: "  matoi doctor mail --config matoi.yaml"}
	c.Flags().StringVar(&file, "config", "", lang.Text(l, "cli.flag_config", nil))
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		config, err := LoadConfig(file, w.Env)
		if err != nil {
			return err
		}
		if !config.Mail.On() {
			return misuse(lang.Text(l, "cli.mail_none", nil))
		}
		if err := mail.New(mail.Options{Config: config.Mail}).Examine(cmd.Context()); err != nil {
			_, _ = fmt.Fprintln(w.Out, "✗", lang.Text(l, "cli.mail_bad", lang.Args{"Server": config.Mail.SMTP, "Why": err.Error()}))
			return errSaid
		}
		_, _ = fmt.Fprintln(w.Out, "✓", lang.Text(l, "cli.mail_good", lang.Args{"Server": config.Mail.SMTP}))
		return nil
	}
	return c
}

// checkReach warns of people whom nothing but chat reaches as the configuration means it, and of links that lead nowhere.
func (w World) checkReach(c Config, l lang.Lang) {
	warn := func(id string, args lang.Args) { _, _ = fmt.Fprintln(w.Out, "!", lang.Text(l, id, args)) }
	if (c.Mail.On() || len(c.Gateways) > 0) && c.BaseURL == "" {
		warn("cli.unreached_links", lang.Args{"Listen": c.Listen})
	}
	for _, m := range c.People {
		for _, one := range m.Ways {
			switch way, _, _ := one.way(); {
			case way.Realm != "mail":
			case !c.Mail.On():
				warn("cli.unreached_server", lang.Args{"Name": m.Name})
			case way.Address == "" && m.Email == "":
				warn("cli.unreached_address", lang.Args{"Name": m.Name})
			}
		}
	}
}
