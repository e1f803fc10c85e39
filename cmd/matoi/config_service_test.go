package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/catalog"
	"matoi/lang"
)

// TestMistakesAboutServicesNameTheirPlace.
func TestMistakesAboutServicesNameTheirPlace(t *testing.T) {
	env := Env{Read: os.ReadFile, Lookup: func(string) (string, bool) { return "", false }}
	for text, want := range map[string]string{
		"services: [{name: a, tier: 5}]":                                                                 `services[0].tier: 5 is no tier`,
		"services: [{name: a, depends_on: [a]}]":                                                         `services[0].depends_on[0]: a can't depend on itself`,
		"services: [{name: orders, depends_on: [order]}]":                                                `services[0].depends_on[0]: `,
		"services: [{name: a, links: [{title: x, url: nowhere}]}]":                                       `services[0].links[0].url: `,
		"services: [{name: a}, {name: b, aliases: [A]}]":                                                 `services[1].aliases[0]: A is already a`,
		"services: [{name: a, aliases: [x]}, {name: b, aliases: [X]}]":                                   `services[1].aliases[0]: X is already a`,
		"services: [{name: a, depends_on: [b]}, {name: b, depends_on: [c]}, {name: c, depends_on: [a]}]": `services[2].depends_on[0]: they depend on each other in a circle: a → b → c → a`,
		"catalog: {impact_of_tier: [vast]}":                                                              `catalog.impact_of_tier[0]: `,
		"catalog: {impact_of_tier: [large, large, large, large, large]}":                                 `catalog.impact_of_tier[4]: 5 is no tier`,
		"heartbeats: [{name: backup}]":                                                                   `heartbeats[0]: every must be 10s at least`,
		"heartbeats: [{name: b, every: 1h}, {name: b, every: 1h}]":                                       `heartbeats[1].name: `,
		"heartbeats: [{name: B b, every: 1h}]":                                                           `heartbeats[0].name: `,
		"heartbeats: [{name: b, every: 1h, priority: high}]":                                             `heartbeats[0].priority: `,
		"sources: [{name: heartbeat, format: generic}]":                                                  `sources[0].name: “heartbeat” is taken`,
		"sources: [{name: zabbix, heartbeat: {every: 1s}}]":                                              `sources[0].heartbeat.every: every must be 10s at least`,
		"sources: [{name: zabbix, heartbeat: {every: 1m, match: {title: /(/}}}]":                         `sources[0].heartbeat.match.title: `,
	} {
		_, err := ParseConfig("f", []byte(text), env)
		wrong, _ := errors.AsType[Mistakes](err)
		if len(wrong) != 1 || !strings.Contains(wrong.In(lang.EN), want) || wrong[0].Line == 0 {
			t.Errorf("%s\n is answered by %v\n want %s", text, err, want)
		}
	}
}

// TestTheConfigurationGoesBeforeTheCatalogue, field by field, and a mistake in a descriptor file stops nothing.
func TestTheConfigurationGoesBeforeTheCatalogue(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "catalog-info.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`kind: Component
metadata: {name: Payments, description: from the file, labels: {tier: "2"}, annotations: {x/aliases: "pay, kasse"}}
spec: {owner: pay, lifecycle: production, dependsOn: [resource:db, component:gone]}
---
kind: Resource
metadata: {name: db}
spec: {owner: data, dependsOn: [component:payments], dependencyOf: [component:till, component:Shop]}
`)
	env := Env{Read: os.ReadFile, Lookup: func(string) (string, bool) { return "", false }, Catalog: catalog.Read}
	text := []byte("services: [{name: payments, tier: 1, owners: [Ann]}, {name: till}, {name: shop, depends_on: [payments]}]\ncatalog: {backstage: ['" + filepath.ToSlash(folder) + "'], impact_of_tier: [large]}\n" +
		"escalations: [{name: e, for: {services: [db]}, steps: [{call: [managers], wait: 5m}]}]\n") // a service of the catalogue is as good as one of the configuration
	c, err := ParseConfig("f", text, env)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Services) != 4 || c.Services[0].Name != "payments" || c.Services[3].Name != "db" {
		t.Fatalf("%+v", c.Services)
	}
	s := c.Services[0]
	if s.Tier != 1 || !slices.Equal(s.Owners, []string{"Ann"}) || s.Team != "pay" || s.Description != "from the file" || !slices.Equal(s.DependsOn, []string{"db"}) {
		t.Errorf("%+v", s)
	}
	if on := c.depends()["db"]; !slices.Equal(on, []string{"payments"}) {
		t.Errorf("the configuration's spelling is not used: %q", on)
	}
	if on := c.depends(); !slices.Equal(on["till"], []string{"db"}) || !slices.Equal(on["shop"], []string{"payments"}) {
		t.Errorf("dependencyOf names services of the configuration, of which one says itself what it depends on: %q", on)
	}
	judge := c.alerts()
	for sent, want := range map[string]string{"Kasse": "payments", "Payments": "payments", "db": "db", "other": "other"} {
		if e := judge.Explain("generic", nil, []byte(`{"title":"down","service":"`+sent+`"}`), time.Now()); len(e.Alerts) != 1 || e.Alerts[0].Service != want {
			t.Errorf("%s: %+v", sent, e)
		}
	}
	var said []string
	for _, m := range c.found.Mistakes {
		said = append(said, strings.TrimPrefix(wrongIn(m, lang.EN), file))
	}
	if want := []string{":1: Payments: dependsOn names component:gone, which there is none of", "they depend on each other in a circle: payments → db → payments"}; !slices.Equal(said, want) {
		t.Errorf("%q", said)
	}
	if p := c.servicesIn(nil); p[0].Impact != "large" || p[1].Impact != "" {
		t.Errorf("%+v", p)
	}
	write("kind: [torn")
	if c, err = ParseConfig("f", []byte("catalog: {backstage: ['"+filepath.ToSlash(folder)+"', /nowhere]}\n"), env); err != nil || len(c.Services) != 0 || len(c.found.Mistakes) != 2 {
		t.Errorf("%v, %+v", err, c.found)
	}
}

// Rules and maintenance windows may name a service by an alias, and mean the service.
func TestRulesAndWindowsMeanAServiceByItsAliases(t *testing.T) {
	env := Env{Read: os.ReadFile, Lookup: func(string) (string, bool) { return "", false }}
	c, err := ParseConfig("f", []byte(`services: [{name: payments, aliases: [payment-api, 決済]}, {name: orders, aliases: [order-api]}, {name: mail}]
rules:
  - {name: known, match: {service: 決済, alertname: Known}, do: ignore}
  - {name: others, match: {service: ["!payment-api", "!order-api"]}, do: attach}
maintenance: [{name: weekly, match: {service: Order-API}, from: "00:00", until: "00:00"}]
`), env)
	if err != nil {
		t.Fatal(err)
	}
	judge := c.alerts()
	for sent, want := range map[string]string{
		`"payments"`: "open", `"payment-api","labels":{"alertname":"Known"}`: "ignore", `"mail"`: "attach", `"orders"`: "silenced", `"order-api"`: "silenced",
	} {
		if e := judge.Explain("generic", nil, []byte(`{"title":"down","severity":"critical","service":`+sent+`}`), time.Now()); len(e.Alerts) != 1 || e.Alerts[0].Do != want {
			t.Errorf("%s: want %s, %+v", sent, want, e)
		}
	}
}
