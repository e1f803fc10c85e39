package catalog

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// write lays files into a folder of its own.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		full := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// wrongs are the mistakes in short: the file below the folder, the line, the text.
func wrongs(t *testing.T, folder string, c Catalog) (out []string) {
	t.Helper()
	for _, m := range c.Mistakes {
		name, err := filepath.Rel(folder, m.File)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%s:%d %s", filepath.ToSlash(name), m.Line, m.What))
	}
	return out
}

const shop = `apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: payments
  title: 決済
  description: |
    Takes cards
    and transfers
  labels: {tier: "1"}
  annotations:
    example.com/runbook: https://runbooks.example.com/payments
    backstage.io/kubernetes-id: payment-api
    sentry.io/project-slug: acme/pay-web
  links:
    - {url: "https://grafana.example.com/d/pay", title: Grafana, icon: dashboard}
    - {url: "https://admin.example.com", title: Admin Dashboard, type: admin-dashboard, icon: dashboard}
    - {url: "javascript:alert(1)", title: bad}
spec:
  type: service
  lifecycle: production
  owner: group:pay
  system: shop
  dependsOn: ["resource:default/orders-db", resource:Orders-Cache]
  consumesApis: [rates]
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: rates-service}
spec: {type: service, lifecycle: experimental, owner: user:default/ann, providesApis: [rates]}
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: rates}
spec: {type: openapi, lifecycle: production, owner: pay, definition: {$text: ./rates.yaml}}
---
`

const rest = `kind: Resource
metadata: {name: orders-db, namespace: default}
spec: {type: database, owner: nobody-knows, dependencyOf: [component:rates-service]}
---
kind: Resource
metadata: {name: orders-cache, annotations: {acme.io/aliases: "redis, redis-1"}}
spec: {type: cache, owner: pay}
---
kind: Group
metadata: {name: pay}
spec: {type: team, profile: {displayName: Payments team}, children: []}
---
kind: User
metadata: {name: ann}
spec: {profile: {displayName: Ann Onymous}, memberOf: [pay]}
---
kind: System
metadata: {name: shop, title: The shop}
spec: {owner: pay}
---
kind: Template
metadata: {name: unread}
`

func TestEntitiesBecomeServices(t *testing.T) {
	folder := write(t, map[string]string{"pay/catalog-info.yaml": shop, "all/deep/catalog-info.yml": rest, "pay/other.yaml": "kind: [", "node_modules/x/catalog-info.yaml": "kind: ["})
	got := Read([]string{folder})
	for k := range got.Services {
		got.Services[k].File = ""
	}
	want := []Service{
		{Name: "orders-cache", Team: "Payments team", Owners: []string{"Payments team"}, Aliases: []string{"redis", "redis-1"}, Line: 5},
		{Name: "orders-db", Team: "nobody-knows", Owners: []string{"nobody-knows"}, Line: 1},
		{
			Name: "payments", Team: "Payments team", Owners: []string{"Payments team"}, Tier: 1, Description: "Takes cards and transfers", Lifecycle: "production",
			System: "The shop", DependsOn: []string{"orders-cache", "orders-db", "rates-service"}, Runbook: "https://runbooks.example.com/payments",
			Dashboard: "https://grafana.example.com/d/pay", Links: []Link{{"Admin Dashboard", "https://admin.example.com"}},
			Aliases: []string{"決済", "payment-api", "pay-web"}, Line: 1,
		},
		{Name: "rates-service", Owners: []string{"Ann Onymous"}, Lifecycle: "experimental", DependsOn: []string{"orders-db"}, Line: 26},
	}
	if diff := cmp.Diff(want, got.Services); diff != "" {
		t.Error(diff)
	}
	if w := wrongs(t, folder, got); !slices.Equal(w, []string{"pay/catalog-info.yaml:1 service.entity_link"}) {
		t.Errorf("mistakes %q", w)
	}
	if again := Read([]string{filepath.Join(folder, "pay", "catalog-info.yaml")}); len(again.Services) != 2 || again.Files != 1 {
		t.Errorf("of the one file came %d services", len(again.Services))
	}
}

func TestAMistakeCostsItselfAndNamesItsPlace(t *testing.T) {
	good := "kind: Component\nmetadata: {name: good}\n"
	folder := write(t, map[string]string{
		"a/catalog-info.yaml": good + "---\nkind: Component\nmetadata: {name: [x]}\n---\nmetadata: {name: kindless}\n---\nkind: Component\nmetadata: {}\n---\nkind: Component\nmetadata: {name: last}\nspec: {dependsOn: [component:missing], owner: {a: 1}, lifecycle: [x]}\n",
		"b/catalog-info.yaml": good,
		"c/catalog-info.yaml": "kind: Component\n  metadata: {name: torn}\n",
		"d/catalog-info.yaml": "kind: Resource\nmetadata: {name: GOOD, labels: {example.com/tier: five}}\n",
		"e/catalog-info.yaml": "kind: Resource\nmetadata: {name: e, labels: {example.com/tier: five}}\n---\nplain words\n",
		"f/catalog-info.yaml": strings.Repeat("# a comment\n", 1<<17),
	})
	got := Read([]string{folder, filepath.Join(folder, "nowhere")})
	var names []string
	for _, s := range got.Services {
		names = append(names, s.Name)
	}
	if !slices.Equal(names, []string{"e", "good", "last"}) {
		t.Errorf("services %q", names)
	}
	want := []string{
		"a/catalog-info.yaml:5 service.file_broken", "a/catalog-info.yaml:7 service.entity_kindless", "a/catalog-info.yaml:9 service.entity_nameless",
		"a/catalog-info.yaml:12 service.entity_unknown", "b/catalog-info.yaml:1 service.entity_twice", "c/catalog-info.yaml:2 service.file_broken",
		"d/catalog-info.yaml:1 service.entity_alike", "e/catalog-info.yaml:1 service.entity_tier", "e/catalog-info.yaml:4 service.file_broken",
		"f/catalog-info.yaml:0 service.file_large", "nowhere:0 service.file_missing",
	}
	if diff := cmp.Diff(want, wrongs(t, folder, got)); diff != "" {
		t.Error(diff)
	}
}

func TestLocationsAreFollowedWithinTheFolderOnly(t *testing.T) {
	outside := write(t, map[string]string{"secret.yaml": "kind: Component\nmetadata: {name: outside}\n"})
	folder := write(t, map[string]string{
		"catalog-info.yaml": `kind: Location
metadata: {name: all}
spec:
  type: file
  target: ./one.yaml
  targets: ["more/*.yaml", ../secret.yaml, /etc/passwd, "https://example.com/catalog-info.yaml", missing.yaml, link.yaml, linked/secret.yaml, catalog-info.yaml]
`,
		"one.yaml":    "kind: Component\nmetadata: {name: one}\n---\nkind: Location\nmetadata: {name: back}\nspec: {target: ./catalog-info.yaml}\n",
		"more/a.yaml": "kind: Component\nmetadata: {name: a}\n", "more/b.yaml": "kind: Component\nmetadata: {name: b}\n",
	})
	for from, to := range map[string]string{"link.yaml": filepath.Join(outside, "secret.yaml"), "linked": outside} {
		if err := os.Symlink(to, filepath.Join(folder, from)); err != nil {
			t.Fatal(err)
		}
	}
	got := Read([]string{folder})
	var names []string
	for _, s := range got.Services {
		names = append(names, s.Name)
	}
	if !slices.Equal(names, []string{"a", "b", "one"}) {
		t.Errorf("services %q", names)
	}
	want := []string{
		"catalog-info.yaml:1 service.file_outside", "catalog-info.yaml:1 service.file_outside", "catalog-info.yaml:1 service.file_remote",
		"catalog-info.yaml:1 service.file_missing", "catalog-info.yaml:1 service.file_outside", "catalog-info.yaml:1 service.file_outside",
	}
	if diff := cmp.Diff(want, wrongs(t, folder, got)); diff != "" {
		t.Error(diff)
	}
}

func TestReferencesMeanWhatBackstageSays(t *testing.T) {
	e := &entity{ref: refOf("Component", "shop", "web")}
	for text, want := range map[string]string{
		"db": "component:shop/db", "resource:db": "resource:shop/db", "resource:default/DB": "resource:default/db", "other/db": "component:other/db",
	} {
		if got := e.parse(text, "component").String(); got != want {
			t.Errorf("%s means %s", text, got)
		}
	}
}

// FuzzRead: whatever stands in a file, reading it ends, and services have names.
func FuzzRead(f *testing.F) {
	f.Add(shop)
	f.Add(rest)
	f.Add("a: &a [*a]\n")
	f.Fuzz(func(t *testing.T, text string) {
		r := &reading{seen: map[string]bool{}, entities: map[ref]*entity{}}
		r.entitiesOf("f", []byte(text))
		r.resolve()
		for _, s := range r.found.Services {
			if strings.TrimSpace(s.Name) == "" {
				t.Errorf("a service without a name: %+v", s)
			}
		}
	})
}

func TestAServiceMayDependOnOneThatIsWrittenElsewhere(t *testing.T) {
	folder := write(t, map[string]string{"catalog-info.yaml": "kind: Component\nmetadata: {name: shop}\nspec: {dependsOn: [component:payments, resource:Ledger, group:ledger]}\n"})
	got := Read([]string{folder}, "Payments", "ledger")
	if len(got.Services) != 1 || !slices.Equal(got.Services[0].DependsOn, []string{"Payments", "ledger"}) {
		t.Errorf("%+v", got.Services)
	}
	if len(got.Mistakes) != 1 { // a group is no service
		t.Errorf("%+v", got.Mistakes)
	}
}
