package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/catalog"
	"matoi/lang"
	"matoi/storage"
)

// pulses tells how the heartbeats of the configuration in force are.
type pulses struct {
	store *storage.Storage
	live  *Live
}

var _ bot.Pulses = (*pulses)(nil)

// Pulses lists them in the order of the configuration.
func (p *pulses) Pulses(ctx context.Context) ([]bot.Pulse, error) {
	lives := p.live.Alerts().Lives()
	if len(lives) == 0 {
		return nil, nil
	}
	beats, err := p.store.Beats(ctx)
	if err != nil {
		return nil, err
	}
	numbers, err := p.store.BeatIncidents(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]bot.Pulse, len(lives))
	for n, h := range lives {
		one := bot.Pulse{Name: h.Name, State: "waiting", Every: h.Every, Grace: h.Grace, Source: h.Source, Service: h.Service, Number: numbers[h.Key()]}
		if k := slices.IndexFunc(beats, func(b alert.Beat) bool { return b.Name == h.Name }); k >= 0 {
			one.Last, one.Since = beats[k].Last, beats[k].Since
			switch {
			case beats[k].State != alert.Alive:
				one.State = beats[k].State
			case !one.Last.IsZero():
				one.State = "alive"
			}
		}
		out[n] = one
	}
	return out, nil
}

func (a *App) pulses() *pulses { return &pulses{a.store, a.live} }

// figures are how long ago each heartbeat was heard, in seconds; one that never was is left out.
func (p *pulses) figures(now func() time.Time, log *slog.Logger) func() map[string]float64 {
	return p.each(log, func(one bot.Pulse) (float64, bool) { return max(now().Sub(one.Last).Seconds(), 0), !one.Last.IsZero() })
}

// well is 1 for each heartbeat that is well, and 0 for one that is not; one that waits for its first sign is left out.
func (p *pulses) well(log *slog.Logger) func() map[string]float64 {
	return p.each(log, func(one bot.Pulse) (float64, bool) {
		if one.Well() {
			return 1, one.State != "waiting"
		}
		return 0, true
	})
}

func (p *pulses) each(log *slog.Logger, of func(bot.Pulse) (float64, bool)) func() map[string]float64 {
	return func() map[string]float64 {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		list, err := p.Pulses(ctx)
		if err != nil {
			log.Warn("no figures of heartbeats", "error", err)
		}
		out := map[string]float64{}
		for _, one := range list {
			if v, known := of(one); known {
				out[one.Name] = v
			}
		}
		return out
	}
}

// wrongIn words a mistake in a descriptor file.
func wrongIn(m catalog.Mistake, l lang.Lang) string {
	args := lang.Args{}
	for name, value := range m.Args {
		args[name] = value
	}
	words := lang.Text(l, m.What, args)
	switch {
	case m.File == "":
		return words
	case m.Line == 0:
		return m.File + ": " + words
	}
	return fmt.Sprintf("%s:%d: %s", m.File, m.Line, words)
}

// catalogued logs what came of the descriptor files.
func (c *Config) catalogued(log *slog.Logger) {
	if len(c.Catalog.Backstage) == 0 {
		return
	}
	log.Info("read the catalogue of services", "files", c.found.Files, "services", len(c.found.Services), "mistakes", len(c.found.Mistakes))
	const most = 20 // "matoi check" names the rest
	for _, m := range c.found.Mistakes[:min(len(c.found.Mistakes), most)] {
		log.Warn("the catalogue of services has a mistake", "where", wrongIn(m, lang.EN))
	}
}

// checkCatalogue says what came of the descriptor files, and what is to give signs of life.
func (w World) checkCatalogue(c Config, l lang.Lang) {
	if len(c.Catalog.Backstage) > 0 {
		_, _ = fmt.Fprintln(w.Out, lang.Text(l, "cli.check_catalogue", lang.Args{"Files": c.found.Files, "Services": len(c.found.Services), "Mistakes": len(c.found.Mistakes)}))
		for _, m := range c.found.Mistakes {
			_, _ = fmt.Fprintln(w.Out, "  "+wrongIn(m, l))
		}
	}
	checkHeartbeats(w.Out, c, l)
}

func checkHeartbeats(out io.Writer, c Config, l lang.Lang) {
	part := alert.Config{Sources: c.Sources, Heartbeats: c.Heartbeats}
	for _, h := range part.Lives() {
		address := "/hooks/" + h.Name
		if !h.Source {
			address = "/hooks/" + alert.HeartbeatSource + "/" + h.Name
		}
		_, _ = fmt.Fprintln(out, lang.Text(l, "cli.check_heartbeat", lang.Args{"Name": h.Name, "Address": address, "Every": lang.Span(l, h.Every), "Grace": lang.Span(l, h.Grace)}))
	}
}
