package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

// contract is openapi.yaml as tests hold answers to it.
type contract struct {
	doc      map[string]any
	compiler *jsonschema.Compiler
}

func readContract(t *testing.T) *contract {
	t.Helper()
	var doc any
	if err := yaml.Load(openAPI, &doc); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := &contract{doc: plain.(map[string]any), compiler: jsonschema.NewCompiler()}
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	c.compiler.AssertFormat()
	if err := c.compiler.AddResource("openapi.json", plain); err != nil {
		t.Fatal(err)
	}
	return c
}

// at follows a path of keys through the document; a $ref on the way is resolved.
func (c *contract) at(keys ...string) (any, string) {
	var now any = c.doc
	where := "openapi.json#"
	for _, k := range keys {
		m, ok := now.(map[string]any)
		if !ok {
			return nil, where
		}
		now = m[k]
		where += "/" + strings.ReplaceAll(strings.ReplaceAll(k, "~", "~0"), "/", "~1")
		if m, ok := now.(map[string]any); ok {
			if ref, ok := m["$ref"].(string); ok && len(m) == 1 {
				now, where = c.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
			}
		}
	}
	return now, where
}

// hold fails the test unless the answer is one that the document describes for the operation.
func (c *contract) hold(t *testing.T, method, path string, answer *httptest.ResponseRecorder) {
	t.Helper()
	status := http.StatusText(answer.Code)
	code := []string{"paths", path, strings.ToLower(method), "responses", itoa(answer.Code)}
	if found, _ := c.at(code...); found == nil {
		t.Errorf("%s %s answers %d (%s), which openapi.yaml does not list", method, path, answer.Code, status)
		return
	}
	kind, _, _ := strings.Cut(answer.Header().Get("Content-Type"), ";")
	schema, where := c.at(append(code, "content", kind, "schema")...)
	if found, _ := c.at(append(code, "content", kind)...); found == nil {
		t.Errorf("%s %s answers %d with %q, which openapi.yaml does not list", method, path, answer.Code, kind)
	}
	if schema == nil || !strings.HasSuffix(kind, "json") {
		return
	}
	s, err := c.compiler.Compile(where)
	if err != nil {
		t.Fatalf("schema %s: %v", where, err)
	}
	body, err := jsonschema.UnmarshalJSON(bytes.NewReader(answer.Body.Bytes()))
	if err != nil {
		t.Errorf("%s %s: %v in %s", method, path, err, answer.Body)
		return
	}
	if err := s.Validate(body); err != nil {
		t.Errorf("%s %s %d: %v\n%s", method, path, answer.Code, err, answer.Body)
	}
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

func TestOpenAPIListsEveryRouteAndNothingElse(t *testing.T) {
	c := readContract(t)
	var want []string
	for _, r := range (&api{}).routes() {
		want = append(want, r.pattern)
	}
	want = append(want, "POST /hooks/{source}", "POST /hooks/{source}/v2/enqueue", "POST /hooks/{source}/v2/change/enqueue", "OPTIONS /hooks/{source}", "GET /hooks/heartbeat/{name}", "GET /healthz", "GET /readyz", "GET /metrics", "GET /openapi.yaml", "GET /openapi.json")
	var got []string
	paths, _ := c.at("paths")
	for path, operations := range paths.(map[string]any) {
		for method := range operations.(map[string]any) {
			if method != "parameters" {
				got = append(got, strings.ToUpper(method)+" "+path)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("routes %v\nopenapi %v", want, got)
	}
	for _, r := range (&api{}).routes() {
		method, path, _ := strings.Cut(r.pattern, " ")
		if scope, _ := c.at("paths", path, strings.ToLower(method), "x-scope"); scope != r.scope {
			t.Errorf("%s needs the scope %s, openapi.yaml says %v", r.pattern, r.scope, scope)
		}
	}
}

func TestOpenAPIHasNoBrokenReference(t *testing.T) {
	c := readContract(t)
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				if found, _ := c.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...); found == nil {
					t.Errorf("%s leads nowhere", ref)
				}
			}
			for _, child := range v {
				walk(child)
			}
		case []any:
			for _, child := range v {
				walk(child)
			}
		}
	}
	walk(c.doc)
	schemas, _ := c.at("components", "schemas")
	for name := range schemas.(map[string]any) {
		if _, err := c.compiler.Compile("openapi.json#/components/schemas/" + name); err != nil {
			t.Errorf("schema %s: %v", name, err)
		}
	}
}
