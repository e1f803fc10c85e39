package main

import (
	"errors"
	"io/fs"
	"net"
	"syscall"

	"github.com/spf13/cobra"

	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
)

// root is the command line: one subcommand a file, serve where none is named.
func (w World) root(l lang.Lang) *cobra.Command {
	serve := w.serveCommand(l)
	root := &cobra.Command{
		Use: "matoi", Short: lang.Text(l, "cli.root", nil), Args: knownCommand(l), RunE: serve.RunE,
		SilenceErrors: true, SilenceUsage: true,
	}
	root.Flags().AddFlagSet(serve.Flags())
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return flagError(c, err, l) })
	root.SetIn(w.In)
	root.SetOut(w.Out)
	root.SetErr(w.Err)
	root.SetUsageTemplate(usage(l))
	root.SetHelpTemplate(`{{with (or .Long .Short)}}{{. | trimTrailingWhitespaces}}

{{end}}{{.UsageString}}`)
	root.AddCommand(serve, w.demoCommand(l), w.simulateCommand(l), w.sayCommand(l), w.checkCommand(l), w.verifyCommand(l), w.alertCommand(l), w.backupCommand(l),
		w.exportCommand(l), w.restoreCommand(l), w.headsCommand(l), w.eraseCommand(l), w.holdCommand(l), w.slackCommand(l), w.doctorCommand(l), w.versionCommand(l))
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Short, c.Long = lang.Text(l, "cli.help", nil), ""
		case "completion":
			c.Short, c.Long = lang.Text(l, "cli.completion", nil), ""
			for _, shell := range c.Commands() {
				shell.Short, shell.Long = lang.Text(l, "cli.completion_of", lang.Args{"Shell": shell.Name()}), ""
				if f := shell.Flags().Lookup("no-descriptions"); f != nil {
					f.Usage = lang.Text(l, "cli.flag_no_descriptions", nil)
				}
			}
		}
	}
	worded(root, l)
	if help, _, err := root.Find([]string{"help"}); err == nil {
		help.Args = func(_ *cobra.Command, args []string) error {
			if about, rest, err := root.Find(args); err != nil || len(rest) > 0 {
				return knownCommand(l)(about, args[max(0, len(args)-len(rest)):])
			}
			return nil
		}
	}
	return root
}

// usage is cobra's own template in the reader's language.
func usage(l lang.Lang) string {
	t := func(id string) string { return lang.Text(l, id, nil) }
	return t("cli.usage") + `{{if and .Runnable (not (and .HasParent .HasAvailableSubCommands))}}
  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} [command]{{end}}{{if .HasExample}}

` + t("cli.examples") + `
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

` + t("cli.commands") + `{{range .Commands}}{{if (or .IsAvailableCommand (eq .Name "help"))}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

` + t("cli.flags") + `
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
`
}

// explain words what an operator can do something about; the rest keeps its own words.
func (w World) explain(err error, l lang.Lang) string {
	var op *net.OpError
	var name *net.DNSError
	var address *net.AddrError
	if f, ok := errors.AsType[*storage.Fault](err); ok {
		return lang.Text(l, "fault."+f.Code, f.Args)
	}
	if refusal, ok := errors.AsType[*incident.Refusal](err); ok {
		return lang.Text(l, "refusal."+refusal.Code, refusal.Args)
	}
	missing, _ := errors.AsType[*fs.PathError](err)
	switch {
	case errors.Is(err, storage.ErrInUse):
		return lang.Text(l, "cli.in_use", nil)
	case errors.Is(err, storage.ErrNewer):
		return lang.Text(l, "cli.newer", nil)
	case errors.Is(err, storage.ErrNone):
		return lang.Text(l, "cli.no_database", nil)
	case errors.Is(err, storage.ErrOlder):
		return lang.Text(l, "cli.older", nil)
	case errors.Is(err, storage.ErrDamaged): // before ErrCorrupt, which it is, too
		return lang.Text(l, "cli.backup_damaged", nil)
	case errors.Is(err, storage.ErrThere):
		return lang.Text(l, "cli.restore_there", nil)
	case errors.Is(err, storage.ErrFileThere):
		return lang.Text(l, "cli.backup_taken", nil)
	case errors.Is(err, storage.ErrCorrupt):
		return lang.Text(l, "cli.corrupt", nil)
	case errors.Is(err, storage.ErrLost):
		return lang.Text(l, "cli.lost", nil)
	case errors.Is(err, storage.ErrHeld):
		return lang.Text(l, "cli.held", nil)
	case errors.Is(err, storage.ErrDisk):
		return lang.Text(l, "cli.disk", nil)
	case errors.Is(err, storage.ErrFull), errors.Is(err, syscall.ENOSPC):
		return lang.Text(l, "cli.full", nil)
	case errors.As(err, &op) && errors.Is(err, syscall.EADDRINUSE):
		return lang.Text(l, "cli.port_in_use", lang.Args{"Address": op.Addr.String()})
	case errors.As(err, &op) && op.Op == "dial" && errors.Is(err, syscall.ECONNREFUSED):
		return lang.Text(l, "cli.nobody_there", lang.Args{"Address": op.Addr.String()})
	case errors.As(err, &name):
		return lang.Text(l, "cli.no_host", lang.Args{"Host": name.Name})
	case errors.As(err, &address):
		return lang.Text(l, "config.listen", lang.Args{"Word": address.Addr})
	case missing != nil && errors.Is(err, fs.ErrNotExist):
		return lang.Text(l, "cli.no_file", lang.Args{"File": missing.Path})
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return lang.Text(l, "cli.permission", lang.Args{"Detail": err.Error()})
	}
	return err.Error()
}

// dataFolder is where the embedded database is: as named, else as configured, else the default.
func (w World) database(data, config string) (string, error) {
	if data != "" {
		return data, nil
	}
	c, err := LoadConfig(config, w.Env)
	if err != nil {
		return "", err
	}
	if dsn := c.Database.Postgres.Reveal(); dsn != "" {
		return dsn, nil
	}
	return c.Data, nil
}
