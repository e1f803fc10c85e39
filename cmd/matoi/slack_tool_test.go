package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"matoi/bot"
	"matoi/bot/slack"
	"matoi/bot/slack/slacktest"
)

// tool runs a subcommand over a configuration and gives all that it printed.
func tool(t *testing.T, config string, env map[string]string, want int, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "matoi.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := run(t, "", env, append(args, "--config", file)...)
	if code != want {
		t.Errorf("%v: exit %d, want %d: %s%s", args, code, want, out, errs)
	}
	return out + errs
}

func TestTheManifestSaysTheSameInYAMLAndJSON(t *testing.T) {
	config := "base_url: https://matoi.example.com\ncommand: {name: /incident, aliases: [/inc]}\nslack: {bot_token: \"${NONE_YET}\", app_token: \"${NONE_YET}\"}\n"
	asYAML := tool(t, config, nil, 0, "slack", "manifest")
	asJSON := tool(t, config, nil, 0, "slack", "manifest", "--json")
	var one, other slack.Manifest
	if err := yaml.Load([]byte(asYAML), &one); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(asJSON), &other); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(one, other) || len(one.Features.Commands) != 2 || !one.Settings.Socket {
		t.Errorf("YAML %+v\nJSON %+v", one, other)
	}
	if ja := tool(t, config, nil, 0, "slack", "manifest", "--lang", "ja"); !strings.Contains(ja, "起票") {
		t.Errorf("in Japanese: %s", ja)
	}
	if called := tool(t, config, nil, 0, "slack", "manifest", "--http"); !strings.Contains(called, "https://matoi.example.com/slack/events") {
		t.Errorf("over HTTP: %s", called)
	}
	if refused := tool(t, "", nil, 2, "slack", "manifest", "--http"); !strings.Contains(refused, "https://") {
		t.Errorf("without an address: %s", refused)
	}
}

func TestTheDoctorSpeaksOfARunningServer(t *testing.T) {
	w := slacktest.New(t, slacktest.Options{Log: t.Logf})
	w.Start()
	ann := w.Person(slacktest.User{Name: "ann"})
	s := newScene(t, func(c *Config) {
		c.Slack[0].BotToken, c.Slack[0].AppToken, c.Slack[0].APIURL = bot.NewSecret(w.BotToken), bot.NewSecret(w.AppToken), w.APIURL()
	})
	s.until("two connections", func() bool { return w.Sockets() == 2 })
	config := "data: " + s.config.Data + "\nslack: {bot_token: \"${BOT}\", app_token: \"${APP}\", api_url: \"" + w.APIURL() + "\"}\n"
	env := map[string]string{"BOT": w.BotToken, "APP": w.AppToken}
	if out := tool(t, config, env, 1, "doctor", "slack", "--addr", s.url()); !strings.Contains(out, "no event of Slack") {
		t.Errorf("before any event: %s", out)
	}
	w.Say(ann.ID, w.Room("general"), "hello")
	s.until("the event", func() bool { return !s.app.slack[0].Heard().IsZero() })
	out := tool(t, config, env, 0, "doctor", "slack", "--addr", s.url())
	for _, want := range []string{"@matoi in example", "The last event came", "Slack takes every kind of message", "said hello to the server (its open connections: 2)", "rooms in the record are in this workspace"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing:\n%s", want, out)
		}
	}
	if w.Sockets() != 2 || strings.Contains(out, "✗") {
		t.Errorf("%d connections\n%s", w.Sockets(), out)
	}
	if none := tool(t, "", nil, 2, "doctor", "slack"); !strings.Contains(none, "slack manifest") {
		t.Errorf("without Slack: %s", none)
	}
	env["LANG"] = "ja_JP.UTF-8"
	down := tool(t, config, env, 0, "doctor", "slack", "--addr", "127.0.0.1:1")
	if !strings.Contains(down, "応答するサーバーがない") || !strings.Contains(down, "hello が届きました(この接続を含めて 3 本") {
		t.Errorf("without a server: %s", down)
	}
	s.until("its own connection is closed", func() bool { return w.Sockets() == 2 })
	env["LANG"] = ""
	elsewhere := strings.Replace(config, "slack: {", "slack: {workspace: T9, ", 1)
	if out := tool(t, elsewhere, env, 1, "doctor", "slack", "--addr", s.url()); !strings.Contains(out, "slack.workspace says T9") {
		t.Errorf("named otherwise: %s", out)
	}
}
