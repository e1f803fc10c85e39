package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"matoi/lang"
)

// stopWithin is how long a stop may take: a supervisor kills what takes longer.
const stopWithin = 9 * time.Second

// serveCommand runs the server until it is told to stop.
func (w World) serveCommand(l lang.Lang) *cobra.Command {
	var listen, data, file string
	c := &cobra.Command{Use: "serve", Short: lang.Text(l, "cli.serve", nil), Args: cobra.NoArgs}
	c.Flags().StringVar(&listen, "listen", "", lang.Text(l, "cli.flag_listen", nil))
	c.Flags().StringVar(&data, "data", "", lang.Text(l, "cli.flag_data", nil))
	c.Flags().StringVar(&file, "config", "", lang.Text(l, "cli.flag_config", nil))
	override := func(c *Config) {
		if listen != "" {
			c.Listen = listen
		}
		if data != "" {
			c.Data = data
		}
	}
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		config, err := LoadConfig(file, w.Env)
		if err != nil {
			return err
		}
		override(&config)
		if config.Exposed() {
			return Mistakes{exposed(config, file, listen)}
		}
		hangup := make(chan os.Signal, 1)
		signal.Notify(hangup, syscall.SIGHUP) // before anybody is told that we run: unheard it would end us
		defer signal.Stop(hangup)
		app := NewApp(AppOptions{Config: config, File: file, Env: w.Env, Override: override, Machine: w.Machine, Log: logger(config.Log, w.Err)})
		if err := app.Start(cmd.Context()); err != nil {
			return err
		}
		w.welcome(app, l)
		return w.wait(cmd.Context(), app, hangup, l)
	}
	return c
}

// wait serves until it is told to stop, taking a changed configuration at each hangup.
func (w World) wait(ctx context.Context, app *App, hangup <-chan os.Signal, l lang.Lang) error {
	var failed error
	for running := true; running; {
		select {
		case <-ctx.Done():
			running = false
		case failed = <-app.Failed():
			running = false
		case <-hangup:
			if err := app.Reload(ctx); err != nil {
				w.refuse(app, err, l)
			}
		}
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	return errors.Join(failed, app.Stop(stop))
}

// refuse logs why a changed configuration was not taken, one line for each mistake.
func (w World) refuse(app *App, err error, l lang.Lang) {
	var mistakes Mistakes
	if !errors.As(err, &mistakes) {
		app.Log.Error("the changed configuration was not taken; the old one stays", "error", err)
		return
	}
	for _, m := range mistakes {
		app.Log.Error("the changed configuration was not taken; the old one stays", "mistake", m.In(l))
	}
}

// welcome prints one line: where the server is, and how to try it. The command ends the line, to be copied as it stands.
func (w World) welcome(app *App, l lang.Lang) {
	token := ""
	if !app.Config.Local() {
		token = ` -H "Authorization: Bearer $MATOI_TOKEN"`
	}
	try := fmt.Sprintf("curl -sS%s %s/hooks/alertmanager -H 'Content-Type: application/json' -d '%s'", token, app.URL(), sample(time.Now()))
	_, _ = fmt.Fprintln(w.Out, lang.Text(l, "cli.welcome", lang.Args{"URL": app.URL(), "Try": try}))
}

// sample is an Alertmanager body small enough to copy from a terminal.
func sample(now time.Time) string {
	return fmt.Sprintf(`{"version":"4","status":"firing","groupKey":"{}:{alertname=\"CheckoutErrors\"}","alerts":[{"status":"firing",`+
		`"labels":{"alertname":"CheckoutErrors","severity":"critical","service":"checkout"},"annotations":{"summary":"Checkout fails for 12%% of customers"},`+
		`"startsAt":"%s","fingerprint":"c0ffee0123456789"}]}`, now.UTC().Format(time.RFC3339))
}

// logger writes what happens to w.
func logger(c Log, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(hushed(slog.NewJSONHandler(w, o)))
	}
	return slog.New(hushed(slog.NewTextHandler(w, o)))
}
