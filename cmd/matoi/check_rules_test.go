package main

import (
	"strings"
	"testing"

	"matoi/lang"
)

func TestCheckWarnsOfRulesThatLookLikeSlips(t *testing.T) {
	const services = "services: [{name: payments, aliases: [pay-api]}]\n"
	for text, want := range map[string]string{
		"match: {severty: critical}":           "! rules[0].match.severty: “severty” is taken for a label. If the field is meant, write severity; if the label is, label.severty.\n",
		"match: {Service: payments}":           "! rules[0].match.Service: “Service” is taken for a label. If the field is meant, write service; if the label is, label.Service.\n",
		"match: {service: [\"!paymnts\", x*]}": "! rules[0].match.service: no service of the catalogue is called “paymnts”. payments is.\n",
		"match: {service: [PAYMENTS, pay-api, elsewhere, paym*, /paymnts/], severity: P1, env: prod, label.severty: x, alertname: Up}": "",
	} {
		c, err := ParseConfig("m.yaml", []byte(services+"rules: [{name: r, do: open, "+text+"}]\n"), world())
		if err != nil {
			t.Fatal(err)
		}
		var out, ja strings.Builder
		World{Out: &out}.checkRules(c, lang.EN)
		if out.String() != want {
			t.Errorf("%s: got %q, want %q", text, out.String(), want)
		}
		w := World{Out: &ja}
		if w.checkRules(c, lang.JA); want != "" && (!strings.HasPrefix(ja.String(), "! rules[0].match.") || !strings.Contains(ja.String(), "」")) {
			t.Errorf("%s: %q", text, ja.String())
		}
	}
}
