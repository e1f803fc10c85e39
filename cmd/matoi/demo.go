package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"matoi/lang"
	"matoi/storage"
)

// The week that the demo tells, and the organisation in which it happens.
//
//go:embed demo
var demoFiles embed.FS

// demoCommand fills a scratch store with a week of a company and serves it as any other.
func (w World) demoCommand(l lang.Lang) *cobra.Command {
	var listen, data string
	c := &cobra.Command{Use: "demo", Short: lang.Text(l, "demo.short", nil), Long: lang.Text(l, "demo.long", nil), Args: cobra.NoArgs}
	c.Flags().StringVar(&listen, "listen", "", lang.Text(l, "cli.flag_listen", nil))
	c.Flags().StringVar(&data, "data", "", lang.Text(l, "demo.flag_data", nil))
	c.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGHUP) // a terminal that is closed must leave no folder behind
		defer stop()
		config, err := demoConfig()
		if err != nil {
			return err
		}
		if listen != "" {
			config.Listen = listen
		}
		if config.Exposed() {
			return Mistakes{exposed(config, "", listen)}
		}
		if config.Listen, err = free(ctx, config.Listen); err != nil {
			return err
		}
		if config.Data = data; data == "" {
			if config.Data, err = os.MkdirTemp("", "matoi-demo-"); err != nil {
				return fmt.Errorf("make a scratch folder: %w", err)
			}
			defer func() { err = errors.Join(err, os.RemoveAll(config.Data)) }()
		}
		// What is logged while the week is told is no news of today.
		quiet := logger(Log{Level: "error", Format: config.Log.Format}, w.Err)
		if err := w.prepareDemo(ctx, config, time.Now(), quiet, l); err != nil {
			if ctx.Err() != nil { // it was told to stop
				return nil
			}
			return err
		}
		app := NewApp(AppOptions{Config: config, Env: w.Env, Log: logger(config.Log, w.Err)})
		if err := app.Start(ctx); err != nil {
			return err
		}
		_, _ = fmt.Fprintln(w.Out, lang.Text(l, "demo.ready", lang.Args{"URL": app.URL(), "Folder": config.Data, "Kept": data != ""}))
		return w.wait(ctx, app, nil, l)
	}
	return c
}

// demoConfig is the organisation's configuration.
func demoConfig() (Config, error) {
	text, err := demoFiles.ReadFile("demo/matoi.yaml")
	if err != nil {
		return Config{}, err
	}
	return ParseConfig("demo/matoi.yaml", text, Env{})
}

// demoWeek is the script.
func demoWeek() (string, error) {
	text, err := demoFiles.ReadFile("demo/week.txt")
	return string(text), err
}

// free tries an address before anything else is done, and gives it with the port that was found.
func free(ctx context.Context, address string) (string, error) {
	listen, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	return listen.Addr().String(), listen.Close()
}

// demoMark is the file by which the demo knows a folder of its own. It says how far filling has come.
const (
	demoMark    = "matoi-demo"
	demoFilling = "This folder is filled by matoi demo. It is not complete yet.\n"
	demoFilled  = "This folder was filled by matoi demo. It is complete.\n"
)

// prepareDemo fills the folder, unless it is a demo's that is complete. One that was left incomplete is emptied first; a
// folder with anything else in it is refused.
func (w World) prepareDemo(ctx context.Context, config Config, now time.Time, log *slog.Logger, l lang.Lang) error {
	mark := filepath.Join(config.Data, demoMark)
	state, err := os.ReadFile(mark)
	switch {
	case err == nil && string(state) == demoFilled:
		return nil
	case err == nil:
		_, _ = fmt.Fprintln(w.Err, lang.Text(l, "demo.incomplete", lang.Args{"Folder": config.Data}))
		if err := startAnew(ctx, config); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("look into %s: %w", config.Data, err)
	default:
		list, err := os.ReadDir(config.Data)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("look into %s: %w", config.Data, err)
		}
		if len(list) > 0 {
			return errors.New(lang.Text(l, "demo.not_ours", lang.Args{"Folder": config.Data}))
		}
	}
	_, _ = fmt.Fprintln(w.Err, lang.Text(l, "demo.filling", nil))
	if err := os.MkdirAll(config.Data, 0o700); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	if err := os.WriteFile(mark, []byte(demoFilling), 0o600); err != nil {
		return fmt.Errorf("mark the folder: %w", err)
	}
	week, err := demoWeek()
	if err != nil {
		return err
	}
	if _, err := fill(ctx, config, week, now, log); err != nil {
		return fmt.Errorf("fill the demo: %w", err)
	}
	done := mark + ".new" // renamed, so that it never says half of it
	if err := os.WriteFile(done, []byte(demoFilled), 0o600); err != nil {
		return fmt.Errorf("mark the folder: %w", err)
	}
	return os.Rename(done, mark)
}

// startAnew takes a demo's folder that was left incomplete back to nothing but its mark, unless somebody is filling it just now.
func startAnew(ctx context.Context, config Config) error {
	s, err := storage.Open(ctx, storage.Options{Path: config.Data, Zone: config.zone()})
	if errors.Is(err, storage.ErrInUse) {
		return err
	}
	if err == nil {
		err = s.Close()
	}
	if err != nil && ctx.Err() != nil {
		return err
	}
	list, err := os.ReadDir(config.Data)
	if err != nil {
		return fmt.Errorf("look into %s: %w", config.Data, err)
	}
	for _, entry := range list {
		if entry.Name() == demoMark {
			continue
		}
		if err := os.RemoveAll(filepath.Join(config.Data, entry.Name())); err != nil {
			return fmt.Errorf("empty %s: %w", config.Data, err)
		}
	}
	return nil
}
