package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"matoi/bot/alert"
	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
)

// prepare checks what types alone cannot say, and readies sources and rules for use. t knows where each key stands.
func (c *Config) prepare(t *tree) error {
	c.checkAddresses(t)
	c.checkCommand(t)
	c.checkMatrix(t)
	c.checkClock(t)
	c.checkPeople(t)
	c.checkReach(t)
	c.checkCalendars(t)
	c.checkSchedules(t)
	c.layCatalogue(t.env)
	c.checkCatalog(t)
	c.checkServices(t)
	c.checkEscalations(t)
	c.checkFurther(t)
	c.checkTokens(t)
	c.checkAlerts(t)
	c.checkWindows(t)
	c.checkSlack(t)
	if k := time.Duration(c.Retention.Causes); k != 0 && k < storage.LeastCauses {
		t.wrong("retention.causes", "config.causes", nil)
	}
	t.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	t.oneOf("log.format", c.Log.Format, "text", "json")
	if len(t.mistakes) > 0 {
		return t.mistakes.sorted()
	}
	return nil
}

// oneOf complains about a word that is none of those known, with the nearest.
func (t *tree) oneOf(key, word string, known ...string) {
	if slices.Contains(known, word) {
		return
	}
	args := lang.Args{"Word": word, "Known": strings.Join(known, ", "), "Near": nearest(word, known)}
	if args["Near"] != "" {
		t.wrong(key, "config.word_near", args)
		return
	}
	t.wrong(key, "config.word", args)
}

func (c *Config) checkAddresses(t *tree) {
	if _, port, err := net.SplitHostPort(c.Listen); err != nil || port == "" {
		t.wrong("listen", "config.listen", lang.Args{"Word": c.Listen})
	}
	if c.BaseURL != "" {
		u, err := url.Parse(c.BaseURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			t.wrong("base_url", "config.base_url", lang.Args{"Word": c.BaseURL})
		}
		c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	}
	if c.Data == "" {
		t.wrong("data", "config.empty", nil)
	}
	if _, err := time.LoadLocation(c.Zone); err != nil || c.Zone == "" {
		t.wrong("zone", "config.zone", lang.Args{"Word": c.Zone})
	}
}

// Loopback reports whether an address can only be reached from this machine.
func Loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// Local reports whether the configuration is that of one machine: loopback only, no tokens. Nobody then proves who
// they are.
func (c *Config) Local() bool { return Loopback(c.Listen) && len(c.Auth.Tokens) == 0 }

// Exposed reports an address that others reach while nobody has to prove who they are: serve refuses to start.
func (c *Config) Exposed() bool { return !Loopback(c.Listen) && len(c.Auth.Tokens) == 0 }

// slackBuiltIns are the commands that Slack keeps for itself: an app cannot have them.
// https://slack.com/help/articles/201259356-Slash-commands-in-Slack
const slackBuiltIns = " /active /apps /archive /away /call /collapse /dm /dnd /expand /feed /feedback /invite /join /kick /leave /me /msg " +
	"/mute /open /prefs /remind /remove /rename /search /shortcuts /shrug /star /status /topic /unarchive /who "

func (c *Config) checkCommand(t *tree) {
	names := append([]string{c.Command.Name}, c.Command.Aliases...)
	for i, name := range names {
		key := "command.name"
		if i > 0 {
			key = fmt.Sprintf("command.aliases[%d]", i-1)
		}
		bare, slash := strings.CutPrefix(name, "/")
		switch {
		case !slash || !oneWord(bare, 31) || strings.ToLower(name) != name:
			t.wrong(key, "config.command", lang.Args{"Word": name})
		case strings.Contains(slackBuiltIns, " "+name+" "):
			t.wrong(key, "config.command_taken", lang.Args{"Word": name})
		case slices.Contains(names[:i], name):
			t.wrong(key, "config.twice", lang.Args{"Word": name})
		}
	}
	for i, emoji := range c.Timeline.Reactions {
		if strings.TrimSpace(emoji) == "" {
			t.wrong(fmt.Sprintf("timeline.reactions[%d]", i), "config.empty", nil)
		}
	}
}

func (c *Config) checkMatrix(t *tree) {
	m := &c.Matrix
	if len(m.Result) == 0 {
		t.oneOf("matrix.preset", m.Preset, "five", "four")
		if len(m.Impacts)+len(m.Urgencies) > 0 {
			t.wrong("matrix", "config.matrix_size", lang.Args{"Impacts": len(m.Impacts), "Urgencies": len(m.Urgencies)})
		}
		return
	}
	square := len(m.Impacts) > 0 && len(m.Result) == len(m.Impacts) && len(m.Urgencies) > 0
	for i, row := range m.Result {
		square = square && len(row) == len(m.Urgencies)
		for j, p := range row {
			t.priority(fmt.Sprintf("matrix.result[%d][%d]", i, j), p)
		}
	}
	if !square {
		t.wrong("matrix.result", "config.matrix_size", lang.Args{"Impacts": len(m.Impacts), "Urgencies": len(m.Urgencies)})
	}
	t.levels("matrix.impacts", m.Impacts)
	t.levels("matrix.urgencies", m.Urgencies)
}

func (t *tree) levels(key string, levels []incident.Level) {
	seen := map[string]bool{incident.Unknown: true}
	for i, l := range levels {
		here := fmt.Sprintf("%s[%d]", key, i)
		t.named(here, map[string]string{"id": l.ID, "ja": l.JA, "en": l.EN})
		t.once(here+".id", l.ID, seen)
	}
}

// named complains about each part that is empty.
func (t *tree) named(key string, parts map[string]string) {
	for _, name := range sortedNames(parts) {
		if strings.TrimSpace(parts[name]) == "" {
			t.wrong(join(key, name), "config.empty", nil)
		}
	}
}

// once complains about a name that was there before.
func (t *tree) once(key, name string, seen map[string]bool) {
	if seen[name] && name != "" {
		t.wrong(key, "config.twice", lang.Args{"Word": name})
	}
	seen[name] = true
}

func (t *tree) priority(key string, p incident.Priority) {
	if p < incident.P1 || p > incident.P5 {
		t.wrong(key, "config.priority", nil)
	}
}

func (c *Config) checkClock(t *tree) {
	for of := incident.P1; of <= incident.P5; of++ {
		c.checkKept(t, "targets."+of.String()+".hours", c.Targets.of(of).Hours)
	}
	for i, share := range c.Remind.At {
		if share < 1 || share > 99 || i > 0 && share <= c.Remind.At[i-1] {
			t.wrong(fmt.Sprintf("reminders.at[%d]", i), "config.share", lang.Args{"Word": share})
		}
	}
	for _, d := range []struct {
		key string
		is  Duration
	}{
		{"reminders.every", c.Remind.Every},
		{"reminders.ask_next_after", c.Remind.AskNextAfter},
		{"reminders.offer_expires_after", c.Remind.OfferExpiresAfter},
		{"reminders.delegate_after", c.Remind.DelegateAfter},
		{"reminders.relief_after", c.Remind.ReliefAfter},
		{"hold.review_after", c.Hold.ReviewAfter},
		{"confirm_after", c.ConfirmAfter},
		{"reopen_within", c.ReopenWithin},
	} {
		if d.is < Duration(time.Minute) {
			t.wrong(d.key, "config.short", nil)
		}
	}
	c.checkChase(t)
	t.priority("rooms_from", c.Rooms)
	t.priority("announce_from", c.Announce)
	for i, word := range c.Hold.Stops {
		t.oneOf(fmt.Sprintf("hold.stops[%d]", i), word, "user", "vendor", "part", "change", "other")
	}
	t.oneOf("restore_from", c.RestoreFrom, "occurred", "reported")
}

func (c *Config) checkPeople(t *tree) {
	names, emails := map[string]bool{}, map[string]bool{}
	for i, m := range c.People {
		key := fmt.Sprintf("people[%d]", i)
		t.named(key, map[string]string{"name": m.Name})
		t.once(key+".name", m.Name, names)
		if m.Email != "" && !strings.Contains(m.Email, "@") {
			t.wrong(key+".email", "config.email", lang.Args{"Word": m.Email})
		}
		t.once(key+".email", m.Email, emails)
		if _, ok := lang.Parse(m.Lang); !ok && m.Lang != "" {
			t.oneOf(key+".lang", m.Lang, "ja", "en")
		}
		if _, err := time.LoadLocation(m.Zone); err != nil {
			t.wrong(key+".zone", "config.zone", lang.Args{"Word": m.Zone})
		}
	}
	seen := map[string]bool{}
	for i, name := range c.Managers {
		t.named(fmt.Sprintf("managers[%d]", i), map[string]string{"": name})
		t.once(fmt.Sprintf("managers[%d]", i), name, seen)
	}
}

func (c *Config) checkCatalog(t *tree) {
	ids := map[string]bool{}
	for i, k := range c.Categories {
		key := fmt.Sprintf("categories[%d]", i)
		t.named(key, map[string]string{"id": k.ID, "ja": k.JA, "en": k.EN})
		t.once(key+".id", k.ID, ids)
		c.checkTargets(t, key+".targets", k.Targets)
	}
	for i, item := range c.Checklist {
		t.named(fmt.Sprintf("checklist[%d]", i), map[string]string{"": item})
	}
}

// shortestToken is the least a token may have: 16 characters are 80 bits even in base 32.
const shortestToken = 16

func (c *Config) checkTokens(t *tree) {
	names, tokens := map[string]bool{}, map[string]bool{}
	for i, token := range c.Auth.Tokens {
		key := fmt.Sprintf("auth.tokens[%d]", i)
		t.named(key, map[string]string{"name": token.Name})
		t.once(key+".name", token.Name, names)
		text := token.Token.Reveal()
		if n := len(text); n < shortestToken && !t.has(key+".token") {
			t.wrong(key+".token", "config.token_short", lang.Args{"N": shortestToken})
		}
		if tokens[text] && text != "" {
			t.wrong(key+".token", "config.token_twice", nil)
		}
		tokens[text] = true
		if len(token.Scopes) == 0 {
			t.wrong(key+".scopes", "config.empty", nil)
		}
		for j, scope := range token.Scopes {
			t.oneOf(fmt.Sprintf("%s.scopes[%d]", key, j), scope, "read", "command", "hooks", "admin")
		}
	}
}

// has reports whether a key has been complained about already.
func (t *tree) has(key string) bool {
	return slices.ContainsFunc(t.mistakes, func(m Mistake) bool { return m.Key == key })
}

// checkAlerts has package alert look at its part, and finds the places of what it says.
func (c *Config) checkAlerts(t *tree) {
	part := alert.Config{Sources: c.Sources, Rules: c.Rules, Heartbeats: c.Heartbeats}
	if err := part.Compile(); err != nil {
		for _, one := range spread(err) {
			key, detail := t.locate(one.text)
			what, args := "config.value", lang.Args{"Detail": detail}
			if m, ok := errors.AsType[alert.Mistake](one.err); ok {
				key, _ = t.locate(strings.TrimSuffix(one.text, m.Error()) + "…")
				what, args = m.ID, lang.Args{}
				for name, value := range m.Args {
					args[name] = value
				}
			}
			if !t.has(key) {
				t.wrong(key, what, args)
			}
		}
	}
	matrix := c.matrix()
	for i, r := range c.Rules {
		key := fmt.Sprintf("rules[%d]", i)
		if r.Impact != "" && matrix.Level(matrix.Impacts, r.Impact) == "" {
			t.oneOf(key+".impact", r.Impact, ids(matrix.Impacts)...)
		}
		if r.Urgency != "" && matrix.Level(matrix.Urgencies, r.Urgency) == "" {
			t.oneOf(key+".urgency", r.Urgency, ids(matrix.Urgencies)...)
		}
		if _, known := part.Source(r.Source); r.Source != "" && r.Source != alert.HeartbeatSource && !known {
			t.oneOf(key+".source", r.Source, c.sources()...)
		}
		if r.Category != "" && !strings.Contains(r.Category, "{") {
			t.oneOf(key+".category", r.Category, c.categories()...)
		}
		if names, known := c.escalation(r.Escalation); r.Escalation != "" && !known {
			t.oneOf(key+".escalation", r.Escalation, names...)
		}
	}
}

// sources are the names of all senders, those included that exist without being named.
func (c *Config) sources() []string {
	names := alert.Sources()
	for _, s := range c.Sources {
		if !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}

func (c *Config) categories() []string {
	out := make([]string, len(c.Categories))
	for i, k := range c.Categories {
		out[i] = k.ID
	}
	return out
}

// locate finds the key in "sources[0]: prometheus: auth.bearer[0]: the token is empty".
func (t *tree) locate(text string) (key, detail string) {
	parts := strings.Split(text, ": ")
	key, detail = parts[0], strings.Join(parts[1:], ": ")
	for i, part := range parts[1:] {
		for k := join(key, part); k != key; k = above(k) {
			if t.at[k] != nil {
				return join(key, part), strings.Join(parts[i+2:], ": ")
			}
		}
	}
	return key, detail
}
