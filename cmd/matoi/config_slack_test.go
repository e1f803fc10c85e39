package main

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/bot/slack"
	"matoi/bot/slack/slacktest"
	"matoi/incident"
)

const several = `slack:
  - {bot_token: xoxb-1, app_token: xapp-1}
  - {name: acme, bot_token: xoxb-2, signing_secret: s2, announcements: war-room}
  - name: shop-2
    bot_token: xoxb-3
    app_token: xapp-1
    archive_after: never
    rooms: declared
`

// Workspaces are one mapping or a list, each over the defaults, and rooms are opened in their order before the built-in chat's.
func TestSlackIsOneWorkspaceOrSeveral(t *testing.T) {
	for text, want := range map[string]string{
		"": "|console||", "slack:\n": "|console||", "slack: []\n": "|console||", "slack: {announcements: x}\n": "|console||",
		"slack: {bot_token: xoxb-1, app_token: xapp-1}\n":               "slack|console|slack|",
		"slack: {name: acme, bot_token: xoxb-1, app_token: xapp-1}\n":   "slack:acme|console|slack:acme|",
		"slack: [{name: acme, bot_token: xoxb-1, app_token: xapp-1}]\n": "slack:acme|console|slack:acme|",
		several: "slack,slack:acme,slack:shop-2|console|slack,slack:acme,slack:shop-2|slack:shop-2",
	} {
		c, err := ParseConfig("m.yaml", []byte(text), world())
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		p := c.Policy(time.Now(), nil, nil)
		far := slices.DeleteFunc(slices.Clone(p.Realms), func(realm string) bool { return realm == "console" })
		got := strings.Join([]string{strings.Join(far, ","), p.Realms[len(p.Realms)-1], strings.Join(p.Kept, ","), strings.Join(p.Own, ",")}, "|")
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	c, err := ParseConfig("m.yaml", []byte(several), world())
	if err != nil {
		t.Fatal(err)
	}
	var rests []time.Duration
	var announced []string
	for _, one := range c.Slack {
		rests, announced = append(rests, slack.New(slack.Options{Config: one}).Rests()), append(announced, one.Announcements)
	}
	if !slices.Equal(rests, []time.Duration{10 * time.Minute, 10 * time.Minute, -1}) || !slices.Equal(announced, []string{"incidents", "war-room", "incidents"}) {
		t.Errorf("they rest for %v and announce in %v", rests, announced)
	}
}

func TestMistakesOfWorkspacesNameTheirPlace(t *testing.T) {
	for text, want := range map[string]string{
		"slack:\n  - {bot_token: xoxb-1, app_token: xapp-1}\n  - {name: b, bot_token: no, app_token: xapp-1}\n":                     "m.yaml:3:15: slack[1].bot_token: must be the app's bot token, which begins with xoxb-.",
		"slack:\n  - {bot_token: xoxb-1, app_token: xapp-1}\n  - {name: b, bot_token: xoxb-1, app_token: xapp-1}\n":                 "m.yaml:3:15: slack[1].bot_token: is also that of another workspace: each has a token of its own.",
		"slack:\n  - {bot_token: xoxb-1, app_token: xapp-1}\n  - {bot_token: xoxb-2, app_token: xapp-1}\n":                          "m.yaml:3:5: slack[1].name: is needed: of several workspaces only one may go without.",
		"slack:\n  - {name: b, bot_token: xoxb-1, app_token: xapp-1}\n  - {name: b, bot_token: xoxb-2, app_token: xapp-1}\n":        "m.yaml:3:6: slack[1].name: “b” is there twice.",
		"slack:\n  - {bot_token: xoxb-1, app_token: xapp-1}\n  - {name: b}\n":                                                       "m.yaml:3:5: slack[1].bot_token: must be the app's bot token, which begins with xoxb-.",
		"slack: {name: Acme, bot_token: xoxb-1, app_token: xapp-1}\n":                                                               "m.yaml:1:9: slack.name: must be small letters, digits and hyphens, at most 20.",
		"slack: {rooms: some, bot_token: xoxb-1, app_token: xapp-1}\n":                                                              "m.yaml:1:9: slack.rooms: must be all, or declared for only the incidents that were declared there.",
		"slack:\n  - {bot_token: xoxb-1, app_token: xapp-1}\n  - {name: b, bot_tokn: x, bot_token: xoxb-2, app_token: xapp-1}\n":    "m.yaml:3:15: slack[1].bot_tokn: there is no such key. Did you mean bot_token?",
		"slack:\n  - {bot_token: xoxb-1, app_token: xapp-1}\n  - {name: b, archive_after: x, bot_token: xoxb-2, app_token: xapp}\n": "m.yaml:3:30: slack[1].archive_after: “x” is no length of time such as 15m, 4h, 3d or 1h30m.",
		"slack: xoxb-1\n": "m.yaml:1:8: slack: keys with their values belong here (name: value).",
	} {
		_, err := ParseConfig("m.yaml", []byte(text), world())
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s\n got %v\nwant %s", text, err, want)
		}
	}
}

// A server in two workspaces: each has its figures, the doctor examines each, and the page says which room is where.
func TestTheDoctorExaminesEveryWorkspace(t *testing.T) {
	var all []*slacktest.Workspace
	env, config := map[string]string{}, ""
	for n, name := range []string{"", "acme"} {
		w := slacktest.New(t, slacktest.Options{Team: "T000000000" + string(rune('1'+n)), Domain: "house" + name})
		w.Start()
		all = append(all, w)
		env["BOT"+name], env["APP"+name] = w.BotToken, w.AppToken
		config += "  - {name: \"" + name + "\", bot_token: \"${BOT" + name + "}\", app_token: \"${APP" + name + "}\", api_url: \"" + w.APIURL() + "\"}\n"
	}
	s := newScene(t, func(c *Config) {
		c.Slack = nil
		for n, name := range []string{"", "acme"} {
			one := slack.DefaultConfig()
			one.Name, one.BotToken, one.AppToken, one.APIURL = name, bot.NewSecret(all[n].BotToken), bot.NewSecret(all[n].AppToken), all[n].APIURL()
			c.Slack = append(c.Slack, one)
		}
	})
	s.until("two connections each", func() bool { return all[0].Sockets() == 2 && all[1].Sockets() == 2 })
	ann := all[1].Person(slacktest.User{Name: "ann", Real: "Ann"})
	all[1].Say(ann.ID, all[1].Room("general"), "hello")
	s.until("the event", func() bool { return !s.app.slack[1].Heard().IsZero() })
	out := tool(t, "data: "+s.config.Data+"\nslack:\n"+config, env, 1, "doctor", "slack", "--addr", s.url())
	first, second, two := strings.Cut(out, "— slack:acme —")
	if !two || !strings.Contains(first, "— slack —") || !strings.Contains(first, "no event of Slack") || !strings.Contains(second, "The last event came") || strings.Contains(second, "✗") {
		t.Errorf("the doctor says:\n%s", out)
	}
	reader, err := s.app.store.Meet(t.Context(), incident.Identity{Realm: "console", ID: "Reader"}, "Reader", "")
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) string {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(&http.Cookie{Name: "matoi_who", Value: string(reader.ID)})
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	figures := get("/metrics")
	for _, want := range []string{`matoi_slack_sockets{realm="slack"} 2`, `matoi_slack_sockets{realm="slack:acme"} 2`, `matoi_slack_received_total{realm="slack:acme"} 1`} {
		if !strings.Contains(figures, want) {
			t.Errorf("%s is missing", want)
		}
	}
	i, err := s.app.desk.Do(t.Context(), 0, incident.Open{Title: "Checkout times out", Impact: "large", Urgency: "high"}, incident.By{}, incident.Cause{})
	if err != nil {
		t.Fatal(err)
	}
	s.until("three rooms", func() bool {
		now, err := s.app.store.Load(t.Context(), i.Incident.Number)
		return err == nil && len(now.Rooms) == 3
	})
	page := get("/incidents/" + i.Incident.Number.String())
	for _, want := range []string{"· Slack<", "· Slack (acme)<", "· 内蔵チャット<"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
