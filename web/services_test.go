package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"matoi/bot"
	"matoi/incident"
	"matoi/storage"
	"matoi/web"
)

// beating is what gives signs of life in a test.
type beating []bot.Pulse

func (b beating) Pulses(context.Context) ([]bot.Pulse, error) { return b, nil }

// catalogued is a site that knows two services, the one hanging on the other, and two heartbeats.
func catalogued(t *testing.T) *site {
	t.Helper()
	pulses := beating{
		{Name: "backup", State: "alive", Last: time.Now(), Every: time.Hour, Grace: time.Minute},
		{Name: "<i>am</i>", State: "silent", Last: time.Now().Add(-time.Hour), Every: time.Minute, Grace: time.Minute, Source: true, Number: 1},
	}
	return newSite(t, func(o *web.Options) {
		store, ok := o.Store.(*storage.Storage)
		if !ok {
			t.Fatal("the store is another one")
		}
		policy := func() incident.Policy {
			p := incident.DefaultPolicy(o.Zone)
			p.Services = []incident.ServiceOf{
				{Name: "search", Tier: 3, Owners: []string{"Finders"}},
				{
					Name: "shop/payments", Tier: 1, Owners: []string{"<b>Pay</b>"}, DependsOn: []string{"orders-db"}, Aliases: []string{"決済"}, Description: "Takes cards",
					Runbook: "https://runbooks.example.com/p", Links: []incident.ServiceLink{{Title: "Bad", URL: "javascript:alert(1)"}},
				},
				{Name: "orders-db", Tier: 1, Team: "Data"},
			}
			return p
		}
		o.Bot = bot.New(bot.Options{Desk: &incident.Desk{Store: store, Policy: policy, Now: time.Now}, Store: store, People: store, Policy: policy, Now: time.Now, Local: true})
		o.Pulses = pulses
	})
}

func TestServicesShowWhatBurnsBelowThem(t *testing.T) {
	s := catalogued(t)
	ann, bob := s.as("Ann"), s.as("Bob")
	n := s.open(incident.Open{Title: "disk <full>", Priority: incident.P2, Services: []string{"ORDERS-DB"}}, ann.id)
	hidden := s.open(incident.Open{Title: "leak", Priority: incident.P1, Services: []string{"orders-db"}, Private: true}, ann.id)
	list := bob.wants("/services", http.StatusOK)
	for _, want := range []string{"disk &lt;full&gt;", n.String(), "/services/shop%2Fpayments", "&lt;b&gt;Pay&lt;/b&gt;", "silent, last heard", "&lt;i&gt;am&lt;/i&gt;", "Data"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
	for _, never := range []string{hidden.String(), "leak", "<b>Pay", "<i>am"} {
		if strings.Contains(list, never) {
			t.Errorf("the list of somebody else shows %q", never)
		}
	}
	if !strings.Contains(ann.wants("/services", http.StatusOK), hidden.String()) {
		t.Error("the private incident is hidden from who opened it")
	}
	if strings.Index(list, "shop/payments") > strings.Index(list, ">search<") || strings.Index(list, "&lt;i&gt;am") > strings.Index(list, "backup") {
		t.Error("what matters most does not come first")
	}
	one := bob.wants("/services/shop%2Fpayments", http.StatusOK)
	for _, want := range []string{"Takes cards", "https://runbooks.example.com/p", "⚠ " + n.String(), "決済"} {
		if !strings.Contains(one, want) {
			t.Errorf("the service's page lacks %q", want)
		}
	}
	if strings.Contains(one, "javascript:alert") {
		t.Error("a link of the catalogue runs a script")
	}
	if !strings.Contains(bob.wants("/services/orders-db", http.StatusOK), "disk &lt;full&gt;") {
		t.Error("the service's page lacks its incident")
	}
	if got := bob.wants("/services/%E6%B1%BA%E6%B8%88", http.StatusOK); !strings.Contains(got, "shop/payments") {
		t.Error("an alias leads nowhere")
	}
	bob.wants("/services/nobody", http.StatusNotFound)
}

func TestFiveIncidentsOfWhatAServiceDependsOnAreShown(t *testing.T) {
	s := catalogued(t)
	ann := s.as("Ann")
	for range 7 {
		s.open(incident.Open{Title: "disk full", Priority: incident.P3, Services: []string{"orders-db"}}, ann.id)
	}
	for _, page := range []string{"/services", "/services/shop%2Fpayments"} {
		body := ann.wants(page, http.StatusOK, "and 2 more")
		if n := strings.Count(body, "⚠ INC-"); n != 5 {
			t.Errorf("%s shows %d incidents below, want 5", page, n)
		}
	}
}

func TestWhatPressesMostOfAServiceComesFirst(t *testing.T) {
	s := catalogued(t)
	ann := s.as("Ann")
	var urgent incident.Number
	for k := range 8 {
		o := incident.Open{Title: "disk full", Priority: incident.P4, Services: []string{"orders-db"}}
		if k == 0 {
			o.Priority = incident.P1
		}
		if n := s.open(o, ann.id); k == 0 {
			urgent = n
		}
	}
	for _, page := range []string{"/services", "/services/shop%2Fpayments"} {
		body := ann.wants(page, http.StatusOK, urgent.String())
		if at := strings.Index(body, "⚠ INC-"); !strings.HasPrefix(body[at:], "⚠ "+urgent.String()) {
			t.Errorf("%s names %.24s first", page, body[at:])
		}
	}
}

func TestServicesAreFoundByOwnerAndAlias(t *testing.T) {
	bob := catalogued(t).as("Bob")
	for q, want := range map[string]string{"finders": "search", "%E6%B1%BA%E6%B8%88": "shop/payments", "zzz": ""} {
		page := bob.wants("/services?q="+q, http.StatusOK)
		for _, name := range []string{"search", "shop/payments", "orders-db"} {
			if there := strings.Contains(page, `class="title" href="/services/`+strings.ReplaceAll(name, "/", "%2F")+`"`); there != (name == want) {
				t.Errorf("%s: %s is there: %v", q, name, there)
			}
		}
	}
}
