package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"matoi/incident"
	"matoi/lang"
)

// The bounds of what is said about services.
const (
	servicesShown = 30
	openLooked    = 500 // open incidents, the newest first
)

// Pulse is a heartbeat as people see it: a job or a source that is to give signs of life.
type Pulse struct {
	Name    string
	State   string    // waiting (for the first sign), alive, silent or failed
	Last    time.Time // the last good sign; zero for never
	Since   time.Time // of the state; zero while it always was so
	Every   time.Duration
	Grace   time.Duration
	Source  bool // it is a source of alerts, not a job with an address of its own
	Service string
	Number  incident.Number // the latest incident that it opened, 0 for none; whether somebody may see it is not asked
}

// Well reports whether nothing is wrong with it.
func (p Pulse) Well() bool { return p.State != "silent" && p.State != "failed" }

// Pulses knows all heartbeats, in the order of the configuration.
type Pulses interface {
	Pulses(ctx context.Context) ([]Pulse, error)
}

// Neighbour is a service that another one depends on, or that depends on it, with its open incidents.
type Neighbour struct {
	Name string
	Tier int
	Open []incident.Row
}

// ServiceNow is a service of the catalogue with what is going on.
type ServiceNow struct {
	incident.ServiceOf
	Open     []incident.Row // the newest first
	Needs    []Neighbour
	NeededBy []Neighbour
}

// ServicesNow gives services with their open incidents, as far as the viewer may see them: those named, or all, the most important
// tiers first. A name that nobody knows is left out.
func (b *Bot) ServicesNow(ctx context.Context, v incident.Viewer, names ...string) ([]ServiceNow, error) {
	p := b.Policy()
	list := slices.Clone(p.Services)
	if len(names) > 0 {
		list = nil
		for _, name := range names {
			if s, ok := p.Service(name); ok {
				list = append(list, s)
			}
		}
	}
	slices.SortStableFunc(list, func(x, y incident.ServiceOf) int { return tierOf(x) - tierOf(y) })
	open, err := b.openBy(ctx, v, p)
	if err != nil {
		return nil, err
	}
	near := func(names []string) (out []Neighbour) {
		for _, name := range names {
			s, _ := p.Service(name)
			out = append(out, Neighbour{Name: name, Tier: s.Tier, Open: open[fold(name)]})
		}
		return out
	}
	out := make([]ServiceNow, 0, len(list))
	for _, s := range list {
		out = append(out, ServiceNow{s, open[fold(s.Name)], near(s.DependsOn), near(p.Dependents(s.Name))})
	}
	return out, nil
}

// ServiceNames gives all names of a service by any of them, folded; of one that nobody knows its own alone. It is for one reader at a time.
func ServiceNames(p incident.Policy) func(service string) []string {
	asked := map[string][]string{}
	return func(service string) []string {
		names := asked[service]
		if names != nil {
			return names
		}
		names = []string{fold(service)}
		if s, known := p.Service(service); known {
			names[0] = fold(s.Name)
			for _, alias := range s.Aliases {
				if of, _ := p.Service(alias); of.Name == s.Name { // no alias hides another service
					names = append(names, fold(alias))
				}
			}
		}
		asked[service] = names
		return names
	}
}

// tierOf puts what has no tier last.
func tierOf(s incident.ServiceOf) int {
	if s.Tier == 0 {
		return 9
	}
	return s.Tier
}

// openBy gives the open incidents by the services they name, the most urgent first.
func (b *Bot) openBy(ctx context.Context, v incident.Viewer, p incident.Policy) (map[string][]incident.Row, error) {
	rows, err := b.Store.Find(ctx, incident.Filter{Viewer: v, Open: true, Limit: openLooked})
	if err != nil {
		return nil, fmt.Errorf("find the open incidents of services: %w", err)
	}
	slices.SortStableFunc(rows, func(x, y incident.Row) int { return x.Priority.Compare(y.Priority) })
	by := map[string][]incident.Row{}
	for _, r := range rows {
		for _, name := range r.Services {
			if s, ok := p.Service(name); ok {
				name = s.Name
			}
			by[fold(name)] = append(by[fold(name)], r)
		}
	}
	return by, nil
}

// catalog shows the services of the house, or one of them: catalog, catalog payments. In an incident's room it shows that one's.
func (b *Bot) catalog(ctx context.Context, c *call) (Reply, error) {
	name := strings.TrimSpace(c.line.Rest)
	if len(c.policy.Services) == 0 {
		return Reply{Text: c.view.text("service.none")}, nil
	}
	if name != "" {
		return b.catalogOne(ctx, c, name)
	}
	n, err := b.inRoom(ctx, c)
	if err != nil {
		return Reply{}, err
	}
	if n != 0 {
		if c.inc, err = b.visible(ctx, c, n); err != nil {
			return Reply{}, err
		}
		var parts []string
		list, err := b.ServicesNow(ctx, c.viewer(), c.inc.Services...)
		if err != nil {
			return Reply{}, err
		}
		if len(c.inc.Services) > 0 && len(list) > 0 {
			for _, s := range list {
				parts = append(parts, c.view.serviceText(s))
			}
			return Reply{Text: strings.Join(parts, "\n\n")}, nil
		}
	}
	list, err := b.ServicesNow(ctx, c.viewer())
	if err != nil {
		return Reply{}, err
	}
	lines := []string{c.view.text("service.list", "N", len(list))}
	for _, s := range list[:min(len(list), servicesShown)] {
		lines = append(lines, "- "+c.view.serviceLine(s))
	}
	if len(list) > servicesShown {
		lines = append(lines, c.view.text("service.more", "N", len(list)-servicesShown))
	}
	if c.view.BaseURL != "" {
		lines = append(lines, c.view.text("service.page", "Link", c.view.BaseURL+"/services"))
	}
	return Reply{Text: strings.Join(lines, "\n")}, nil
}

func (b *Bot) catalogOne(ctx context.Context, c *call, name string) (Reply, error) {
	list, err := b.ServicesNow(ctx, c.viewer(), name)
	if err != nil {
		return Reply{}, err
	}
	if len(list) == 0 {
		var known []string
		for _, s := range c.policy.Services {
			known = append(known, s.Name)
			known = append(known, s.Aliases...)
		}
		return Reply{}, incident.Refuse("service_unknown", "Word", cutRunes(name, 40), "Near", nearest(name, known, 3))
	}
	return Reply{Text: c.view.serviceText(list[0])}, nil
}

// serviceLine is a service in a list.
func (v View) serviceLine(s ServiceNow) string {
	line := "**" + Escape(s.Name) + "**"
	if about := v.ServiceAbout(s.ServiceOf); about != "" {
		line += " · " + Escape(about)
	}
	if len(s.Open) > 0 {
		line += " · " + v.text("service.open", "Incidents", v.numbers(s.Open))
	}
	return line
}

// ServiceAbout is the tier, the lifecycle where it is not production, and who answers for a service, in a few plain words.
func (v View) ServiceAbout(s incident.ServiceOf) string {
	var parts []string
	if s.Tier != 0 {
		parts = append(parts, v.text("service.tier", "N", s.Tier))
	}
	if s.Lifecycle != "" && s.Lifecycle != "production" {
		parts = append(parts, s.Lifecycle)
	}
	owners := s.Owners
	if len(owners) == 0 && s.Team != "" {
		owners = []string{s.Team}
	}
	if len(owners) > 0 {
		parts = append(parts, list(owners, v.Lang))
	}
	return strings.Join(parts, " · ")
}

// numbers are the first few of incidents with their priorities.
func (v View) numbers(rows []incident.Row) string {
	const most = 3
	var out []string
	for _, r := range rows[:min(len(rows), most)] {
		out = append(out, r.Number.String()+" ("+r.Priority.String()+")")
	}
	if len(rows) > most {
		out = append(out, "+"+strconv.Itoa(len(rows)-most))
	}
	return strings.Join(out, ", ")
}

// serviceText is all that is known of one service.
func (v View) serviceText(s ServiceNow) string {
	lines := []string{v.serviceLine(s)}
	if s.Description != "" {
		lines = append(lines, Escape(oneLine(s.Description, 500)))
	}
	add := func(id, value string) {
		if value != "" {
			lines = append(lines, "- "+v.text(id)+": "+value)
		}
	}
	link := func(title, url string) string {
		if url == "" {
			return ""
		}
		return "[" + strings.NewReplacer("[", "(", "]", ")").Replace(oneLine(title, 80)) + "](" + url + ")"
	}
	add("service.system", Escape(s.System))
	add("service.needs", v.neighbours(s.Needs))
	add("service.needed_by", v.neighbours(s.NeededBy))
	pages := []string{link(v.text("service.runbook"), s.Runbook), link(v.text("service.dashboard"), s.Dashboard)}
	for _, l := range s.Links {
		pages = append(pages, link(l.Title, l.URL))
	}
	add("service.pages", strings.Join(slices.DeleteFunc(pages, func(p string) bool { return p == "" }), " · "))
	add("service.aliases", Escape(list(s.Aliases, v.Lang)))
	for _, r := range s.Open[:min(len(s.Open), 5)] {
		lines = append(lines, "- "+r.Number.String()+" "+r.Priority.String()+" "+Escape(oneLine(r.Title, 80))+" ("+StatusName(r.Status, v.Lang)+")")
	}
	return strings.Join(lines, "\n")
}

func (v View) neighbours(list []Neighbour) string {
	var out []string
	for _, n := range list {
		word := Escape(n.Name)
		if len(n.Open) > 0 {
			word = "⚠ " + word + " (" + v.numbers(n.Open) + ")"
		}
		out = append(out, word)
	}
	return strings.Join(out, ", ")
}

// background is what the catalogue says about an incident's services, for its card: who answers for them, and what they depend on
// that is in trouble as well.
func (v View) background(i *incident.Incident) (lines []string, trouble bool) {
	for _, name := range i.Services {
		s, ok := v.Policy.Service(name)
		if !ok {
			continue
		}
		if about := v.ServiceAbout(s); about != "" && (s.Tier != 0 || len(s.Owners) > 0) {
			lines = append(lines, Escape(s.Name)+": "+Escape(about))
		}
		if !i.Open() || v.busy == nil {
			continue
		}
		for _, on := range s.DependsOn {
			rows := slices.DeleteFunc(slices.Clone(v.busy(on)), func(r incident.Row) bool { return r.Number == i.Number })
			if len(rows) > 0 {
				lines, trouble = append(lines, "⚠ "+v.text("service.trouble", "Service", Escape(on), "Incidents", v.numbers(rows))), true
			}
		}
	}
	return lines, trouble
}

// busyOnce reads the open incidents that everybody may see when a card asks for them first.
func (b *Bot) busyOnce(ctx context.Context, p incident.Policy) func(service string) []incident.Row {
	read := sync.OnceValue(func() map[string][]incident.Row {
		by, err := b.openBy(ctx, incident.Viewer{}, p)
		if err != nil && !errors.Is(err, context.Canceled) {
			b.Log.Warn("a card goes without what its services depend on", "error", err)
		}
		return by
	})
	return func(service string) []incident.Row { return read()[fold(service)] }
}

// heartbeats lists what is to give signs of life, what is not well first.
func (b *Bot) heartbeats(ctx context.Context, c *call) (Reply, error) {
	var list []Pulse
	if b.Pulses != nil {
		var err error
		if list, err = b.Pulses.Pulses(ctx); err != nil {
			return Reply{}, fmt.Errorf("read the heartbeats: %w", err)
		}
	}
	if len(list) == 0 {
		return Reply{Text: c.view.text("service.pulse_none")}, nil
	}
	slices.SortStableFunc(list, func(x, y Pulse) int { return unwell(x) - unwell(y) })
	var lines []string
	for _, p := range list[:min(len(list), servicesShown)] {
		line := "- " + c.view.PulseText(p)
		if i, err := b.Store.Load(ctx, p.Number); !p.Well() && p.Number != 0 && err == nil && incident.MaySee(i, c.viewer()) {
			line += " · " + p.Number.String()
		}
		lines = append(lines, line)
	}
	if len(list) > servicesShown {
		lines = append(lines, c.view.text("service.more", "N", len(list)-servicesShown))
	}
	return Reply{Text: strings.Join(lines, "\n")}, nil
}

func unwell(p Pulse) int {
	if p.Well() {
		return 1
	}
	return 0
}

// PulseText says how a heartbeat is, in one line of Markdown.
func (v View) PulseText(p Pulse) string {
	return "**" + Escape(p.Name) + "**: " + v.PulseState(p) + " · " + v.PulseEvery(p)
}

// PulseEvery says how often it is to be heard, in plain words.
func (v View) PulseEvery(p Pulse) string {
	return v.text("service.every", "Every", lang.Span(v.Lang, p.Every), "Grace", lang.Span(v.Lang, p.Grace))
}

// PulseState says how a heartbeat is, in plain words.
func (v View) PulseState(p Pulse) string {
	switch p.State {
	case "silent":
		return v.text("service.pulse_silent", "Last", v.when(p.Last))
	case "failed":
		return v.text("service.pulse_failed", "Since", v.when(p.Since))
	case "alive":
		return v.text("service.pulse_alive", "Last", v.when(p.Last))
	}
	return v.text("service.pulse_waiting")
}
