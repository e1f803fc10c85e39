package slack_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/slack"
	"matoi/bot/slack/slacktest"
	"matoi/incident"
	"matoi/lang"
)

// patient is an app that is as it should be; a case breaks one thing of it.
type patient struct {
	w         *slacktest.Workspace
	config    slack.Config
	base      string
	now       func() time.Time
	server    slack.Server
	templates map[string]bot.Message
}

func examine(t *testing.T, o slacktest.Options, change func(p *patient)) []slack.Finding {
	t.Helper()
	if o.Scopes == nil {
		o.Scopes = slack.NewManifest(slack.ManifestOptions{Name: "/incident"}).OAuth.Scopes.Bot
	}
	w := slacktest.New(t, o)
	w.Start()
	p := &patient{
		w: w, config: slack.Config{BotToken: bot.NewSecret(w.BotToken), AppToken: bot.NewSecret(w.AppToken), APIURL: w.APIURL(), Announcements: "incidents"},
		base: "http://127.0.0.1:8080", now: time.Now,
		server:    slack.Server{Known: true, Heard: time.Now().Add(-3 * time.Minute)},
		templates: map[string]bot.Message{"card": {Card: &bot.Card{Title: "INC-20261122-001 It burns", Text: "since *this* morning"}, Lang: lang.EN}},
	}
	w.Channel("incidents", false, w.BotUser)
	change(p)
	a := slack.New(slack.Options{Config: p.config, Handler: deaf{}, People: open(t), Now: p.now, Lang: lang.EN, BaseURL: p.base})
	return a.Examine(t.Context(), p.templates, p.server)
}

// ids are the texts of what was found; what is wrong has its cure behind it.
func ids(all []slack.Finding) (out []string) {
	for _, f := range all {
		id := strings.TrimPrefix(f.Text, "slack.doctor_")
		if f.Bad() {
			id += " → " + strings.TrimPrefix(f.Cure, "slack.cure_")
		}
		out = append(out, id)
	}
	return out
}

func TestTheDoctorFindsNothingWrongWithAHealthyApp(t *testing.T) {
	got := ids(examine(t, slacktest.Options{}, func(*patient) {}))
	if want := []string{"known", "scopes", "clock", "socket", "channel", "heard", "blocks"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTheDoctorHasSlackLookAtEveryMessage(t *testing.T) {
	var w *slacktest.Workspace
	got := ids(examine(t, slacktest.Options{}, func(p *patient) {
		w = p.w
		p.templates["announcement"] = bot.Message{Card: &bot.Card{Title: "INC-20261122-002 It smokes"}, Lang: lang.EN}
	}))
	looked := w.Calls("blocks.validate")
	if len(looked) != 2 || !slices.Contains(got, "blocks") {
		t.Fatalf("%d messages were looked at: %q", len(looked), got)
	}
	if !strings.Contains(looked[1].Form.Get("blocks"), "It burns") {
		t.Errorf("looked at %v", looked[1].Form)
	}
}

func TestTheDoctorNamesEachFaultWithItsCure(t *testing.T) {
	for name, c := range map[string]struct {
		options slacktest.Options
		change  func(p *patient)
		want    string
	}{
		"Slack is away":       {want: "away → away", change: func(p *patient) { p.w.Down() }},
		"a wrong bot token":   {want: "refused → token", change: func(p *patient) { p.config.BotToken = bot.NewSecret("xoxb-other") }},
		"scopes are missing":  {want: "scopes_missing → scopes", options: slacktest.Options{Scopes: []string{"channels:read", "chat:write"}}, change: func(*patient) {}},
		"the clock is off":    {want: "clock_off → clock", change: func(p *patient) { p.now = func() time.Time { return time.Now().Add(-6 * time.Minute) } }},
		"a wrong app token":   {want: "socket_refused → socket", change: func(p *patient) { p.config.AppToken = p.config.BotToken }},
		"no connection":       {want: "socket_denied → socket_denied", change: func(p *patient) { p.w.Fail(slacktest.Fault{Method: "hello", Status: 403}) }},
		"no hello":            {want: "socket_silent → socket_away", change: func(p *patient) { p.w.Fail(slacktest.Fault{Method: "hello", Break: true}) }},
		"Socket Mode was off": {want: "socket_ended → socket", change: func(p *patient) { p.w.Fail(slacktest.Fault{Method: "hello", Error: "link_disabled"}) }},
		"ten connections":     {want: "socket_ended → socket_many", change: func(p *patient) { p.w.Fail(slacktest.Fault{Method: "hello", Error: "too_many_websockets"}) }},
		"Slack is renewed":    {want: "socket_ended → socket_again", change: func(p *patient) { p.w.Fail(slacktest.Fault{Method: "hello", Error: "refresh_requested"}) }},
		"its own workspace":   {want: "workspace", change: func(p *patient) { p.server.Home = &incident.Workspace{ID: p.w.Team, Name: "example"} }},
		"another workspace":   {want: "workspace_other → workspace_other", change: func(p *patient) { p.server.Home = &incident.Workspace{ID: "T9", Name: "other"} }},
		"named otherwise":     {want: "workspace_set → workspace_set", change: func(p *patient) { p.config.Workspace = "T9" }},
		"meant to move": {want: "workspace_moves", change: func(p *patient) {
			p.config.Workspace, p.server.Home = p.w.Team, &incident.Workspace{ID: "T9", Name: "other"}
		}},
		"no door that is open":  {want: "http_plain → http", change: func(p *patient) { p.config.AppToken, p.config.SigningSecret = bot.Secret{}, bot.NewSecret("s") }},
		"outside the channel":   {want: "channel_outside → channel", change: func(p *patient) { p.w.Leave(p.w.BotUser, "incidents") }},
		"the channel is closed": {want: "channel_archived → channel_archived", change: func(p *patient) { p.w.Archive(p.w.BotUser, "incidents") }},
		"no channel yet":        {want: "channel_none", change: func(p *patient) { p.w.Remove("incidents") }},
		"no event ever":         {want: "heard_never → heard", change: func(p *patient) { p.server.Heard = time.Time{} }},
		"no server here":        {want: "heard_unknown", change: func(p *patient) { p.server.Known = false }},
		"a message is refused":  {want: "blocks_bad → blocks", change: func(p *patient) { p.w.Fail(slacktest.Fault{Method: "blocks.validate", Error: "invalid_blocks"}) }},
		"nobody looks at them":  {want: "blocks_unknown", change: func(p *patient) { p.w.Fail(slacktest.Fault{Method: "blocks.validate", Error: "unknown_method"}) }},
		"HTTP":                  {want: "http", change: func(p *patient) { p.config.SigningSecret, p.base = bot.NewSecret("s"), "https://matoi.example.com" }},
	} {
		t.Run(name, func(t *testing.T) {
			all := examine(t, c.options, c.change)
			if got := ids(all); !slices.Contains(got, c.want) {
				t.Errorf("got %q, want %q among them", got, c.want)
			}
			for _, f := range all {
				for _, l := range []lang.Lang{lang.JA, lang.EN} {
					if said := lang.Text(l, f.Text, f.Args); strings.ContainsAny(said, "⟦<") || f.Bad() && strings.ContainsAny(lang.Text(l, f.Cure, f.Args), "⟦<") {
						t.Errorf("%s in %s: %s", f.Text, l, said)
					}
				}
			}
		})
	}
}

// Where the server has connections none is opened: Slack would send it what was meant for the server. Nothing is changed.
func TestTheDoctorTakesNothingFromTheServer(t *testing.T) {
	var w *slacktest.Workspace
	got := ids(examine(t, slacktest.Options{}, func(p *patient) {
		w, p.server.Sockets = p.w, 2
		w.Fail(slacktest.Fault{Method: "hello", Times: -1, Status: 403})
	}))
	if !slices.Contains(got, "socket_open") {
		t.Errorf("got %q", got)
	}
	for _, call := range w.Calls() {
		if slices.Contains([]string{"auth.test", "apps.connections.open", "conversations.list", "blocks.validate"}, call.Method) {
			continue
		}
		t.Errorf("the doctor called %s", call.Method)
	}
}

// The connection that is opened is closed as soon as Slack said hello.
func TestTheDoctorLeavesNoConnectionBehind(t *testing.T) {
	var w *slacktest.Workspace
	got := ids(examine(t, slacktest.Options{}, func(p *patient) { w = p.w }))
	if !slices.Contains(got, "socket") {
		t.Errorf("got %q", got)
	}
	w.Until("it is closed", func() bool { return w.Sockets() == 0 })
}
