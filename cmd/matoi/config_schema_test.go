package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	emit "github.com/invopop/jsonschema"
	validate "github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/bot/slack"
	"matoi/incident"
)

var update = flag.Bool("update", false, "write golden files anew")

// schema makes the JSON schema of the configuration out of its types and their comments.
func schema(t *testing.T) []byte {
	t.Helper()
	r := emit.Reflector{
		Anonymous: true, FieldNameTag: "yaml", RequiredFromJSONSchemaTags: true, ExpandedStruct: true, Mapper: plainType,
		// Names of types are of no use to an editor, but must not collide.
		Namer: func(typ reflect.Type) string {
			switch {
			case strings.HasSuffix(typ.PkgPath(), "bot/alert"):
				return "Alert" + typ.Name()
			case strings.HasSuffix(typ.PkgPath(), "bot/slack"):
				return "Slack" + typ.Name()
			case strings.HasSuffix(typ.PkgPath(), "bot/mail"):
				return "Mail" + typ.Name()
			case strings.HasSuffix(typ.PkgPath(), "bot/gateway"):
				return "Gateway" + typ.Name()
			}
			return typ.Name()
		},
	}
	for _, folder := range []string{"cmd/matoi", "bot/alert", "bot/slack", "bot/mail", "bot/gateway", "incident"} {
		if err := addComments(&r, folder); err != nil {
			t.Fatal(err)
		}
	}
	s := r.Reflect(&Config{})
	one := &emit.Schema{Ref: "#/$defs/SlackConfig"} // alone, or one of several
	s.Definitions["Slacks"].OneOf = []*emit.Schema{one, {Type: "array", Items: one}}
	s.Definitions["Slacks"].Type, s.Definitions["Slacks"].Items = "", nil
	s.Title, s.Description = "Matoi", "The configuration of Matoi; config.example.yaml explains each key."
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// addComments reads the comments of a folder; paths in the module are relative to its root.
func addComments(r *emit.Reflector, folder string) error {
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	defer func() { _ = os.Chdir(here) }()
	if err := os.Chdir("../.."); err != nil {
		return err
	}
	return r.AddGoComments("matoi", "./"+folder)
}

// plainType says what the types that are written as text look like in YAML.
func plainType(typ reflect.Type) *emit.Schema {
	switch typ {
	case reflect.TypeFor[Duration]():
		return &emit.Schema{OneOf: []*emit.Schema{
			{Type: "string", Description: "a length of time such as 15m, 4h, 3d", Examples: []any{"15m", "4h", "3d"}},
			{Const: 0, Description: "none"},
		}}
	case reflect.TypeFor[Term]():
		return &emit.Schema{OneOf: []*emit.Schema{
			{Type: "string", Description: "time, counted in the hours of the target, or business days: 15m, 4h, 2bd", Examples: []any{"15m", "4h", "2bd"}},
			{Const: 0, Description: "none"},
		}}
	case reflect.TypeFor[slack.Rest]():
		return &emit.Schema{OneOf: []*emit.Schema{
			{Type: "string", Description: "a length of time such as 10m, 8h, 3d, or never", Examples: []any{"10m", "8h", "never"}},
			{Const: 0, Description: "never"},
		}}
	case reflect.TypeFor[Turn]():
		return &emit.Schema{Type: "string", Pattern: `^(hourly|daily|weekly|[1-9][0-9]{0,3} ?[hdw])$`, Examples: []any{"daily", "weekly", "12h"}}
	case reflect.TypeFor[HandOver]():
		return &emit.Schema{Type: "string", Pattern: `^([A-Za-z]+ +)?[0-9]{1,2}:[0-9]{2}$`, Examples: []any{"09:00", "mon 09:00"}}
	case reflect.TypeFor[DaysOff]():
		return &emit.Schema{Type: "string", Pattern: `^([0-9]{4}-)?[0-9]{2}-[0-9]{2}`, Examples: []any{"2026-12-28", "2026-12-29..2027-01-03", "12-29..01-03 New Year"}}
	case reflect.TypeFor[Day]():
		return &emit.Schema{Type: "string", Pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2}`, Examples: []any{"2026-01-05"}}
	case reflect.TypeFor[Period]():
		return &emit.Schema{Type: "string", Description: "by the wall clock (72h), in days of the calendar (5d) or in business days (3bd)", Examples: []any{"72h", "5d", "3bd"}}
	case reflect.TypeFor[Warn]():
		return &emit.Schema{Type: "string", Description: "so long before the end, or after the start", Examples: []any{"24h", "1d", "3d after start"}}
	case reflect.TypeFor[Asked]():
		schedule := emit.NewProperties()
		schedule.Set("schedule", &emit.Schema{Type: "string", Description: "whoever is on call by this one of schedules"})
		return &emit.Schema{OneOf: []*emit.Schema{
			{Type: "string", Description: "a person by name or e-mail address"},
			{Type: "object", Properties: schedule, AdditionalProperties: emit.FalseSchema, Required: []string{"schedule"}},
		}}
	case reflect.TypeFor[Callee]():
		one := []*emit.Schema{{Type: "string", Enum: []any{"next", "on_call", "managers", "room"}}}
		for _, key := range []string{"person", "group", "role", "schedule", "vendor"} {
			keys := emit.NewProperties()
			keys.Set(key, &emit.Schema{Type: "string"})
			one = append(one, &emit.Schema{Type: "object", Properties: keys, Required: []string{key}, AdditionalProperties: emit.FalseSchema})
		}
		return &emit.Schema{OneOf: one}
	case reflect.TypeFor[alert.Rate]():
		return &emit.Schema{Type: "string", Pattern: `^[0-9.]+ */ *[smh]$`, Examples: []any{"200/s", "6000/m"}}
	case reflect.TypeFor[Bytes](), reflect.TypeFor[alert.Size]():
		return &emit.Schema{OneOf: []*emit.Schema{
			{Type: "string", Pattern: `^[0-9.]+ *([KMGT]i?)?B?$`, Examples: []any{"2GiB"}}, {Type: "integer", Minimum: "1"},
		}}
	case reflect.TypeFor[Language]():
		return &emit.Schema{Type: "string", Enum: []any{"ja", "en"}}
	case reflect.TypeFor[bot.Secret]():
		return &emit.Schema{Type: "string", Description: "${NAME} from the environment, file:path from a file, or the secret itself"}
	case reflect.TypeFor[incident.Priority]():
		return &emit.Schema{Type: "string", Enum: []any{"P1", "P2", "P3", "P4", "P5"}}
	case reflect.TypeFor[WayOf]():
		text := &emit.Schema{Type: "string"}
		mail, number := emit.NewProperties(), emit.NewProperties()
		mail.Set("mail", text)
		number.Set("gateway", text)
		number.Set("to", text)
		return &emit.Schema{OneOf: []*emit.Schema{
			{Type: "string", Enum: []any{"chat", "mail"}},
			{Type: "object", Properties: mail, Required: []string{"mail"}, AdditionalProperties: emit.FalseSchema},
			{Type: "object", Properties: number, Required: []string{"gateway", "to"}, AdditionalProperties: emit.FalseSchema},
		}}
	case reflect.TypeFor[alert.Patterns]():
		one := &emit.Schema{Type: "string"}
		return &emit.Schema{OneOf: []*emit.Schema{one, {Type: "array", Items: one, MinItems: new(uint64(1))}}}
	case reflect.TypeFor[alert.Span]():
		return &emit.Schema{OneOf: []*emit.Schema{
			{Type: "string", Description: "a length of time such as 30s, 5m, 1h30m", Examples: []any{"30s", "5m", "1h30m"}},
			{Const: 0, Description: "none"},
		}}
	case reflect.TypeFor[alert.Path](), reflect.TypeFor[alert.Pattern]():
		return &emit.Schema{Type: "string"}
	}
	return nil
}

func TestTheCommittedSchemaIsCurrent(t *testing.T) {
	got := schema(t)
	if *update {
		if err := os.WriteFile("config.schema.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(configSchema), string(got)); diff != "" && !*update {
		t.Errorf("config.schema.json is out of date; go test ./cmd/matoi -run Schema -update (-have +want):\n%s", diff)
	}
}

func TestTheSchemaTakesTheExampleAndRefusesMistakes(t *testing.T) {
	doc, err := validate.UnmarshalJSON(bytes.NewReader(schema(t)))
	if err != nil {
		t.Fatal(err)
	}
	c := validate.NewCompiler()
	if err := c.AddResource("config.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("config.json")
	if err != nil {
		t.Fatal(err)
	}
	plain, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"example": string(plain), "with its examples": uncommented(t)} {
		if err := s.Validate(fromYAML(t, text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"listenn: x", "lang: fr", "rooms_from: P9", "targets: {P1: {respond: 5m}}", "on_call: x", "sources: [{nam: x}]"} {
		if s.Validate(fromYAML(t, text)) == nil {
			t.Errorf("the schema takes %q", text)
		}
	}
}

// fromYAML decodes YAML the way an editor does before it asks the schema.
func fromYAML(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := yaml.Load([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := validate.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
