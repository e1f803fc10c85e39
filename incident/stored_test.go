package incident_test

import (
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"matoi/incident"
	"matoi/incident/calendar"
)

var update = flag.Bool("update", false, "add fixtures of new kinds of fact, and of new fields; those that are there are never changed")

const fixtures = "testdata/facts.v1.json"

// stored is the fixture of one kind: the bytes as some day's Matoi wrote them, and their meaning, spelled out by
// JSON paths so that a renamed or dropped field shows.
type stored struct {
	Kind string          `json:"kind"`
	Body json.RawMessage `json:"body"`
}

// zeroOf makes the empty fact of a kind by reading an empty body.
func zeroOf(t *testing.T, kind string) incident.Fact {
	t.Helper()
	var e incident.Event
	if err := incident.Decode(&e, kind, []byte(`{"fact":{}}`)); err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	return e.Fact
}

// fill sets every field that can be set to a value of its own, the same one every time.
func fill(t *testing.T, v reflect.Value, n *int) {
	t.Helper()
	*n++
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Date(2026, 11, 21, 3, *n%60, 0, 123456000, time.UTC)))
		return
	case v.Type() == reflect.TypeFor[incident.Priority]():
		v.SetInt(int64(*n%5) + 1)
		return
	case v.Type() == reflect.TypeFor[incident.Number]():
		v.SetInt(int64(incident.NumberOf(start(), tokyo(), int64(*n))))
		return
	}
	switch v.Type() { // these write themselves
	case reflect.TypeFor[incident.Length]():
		v.Set(reflect.ValueOf(pickLength(*n)))
		return
	case reflect.TypeFor[calendar.Hours]():
		v.Set(reflect.ValueOf(*office()))
		return
	case reflect.TypeFor[incident.Period]():
		v.Set(reflect.ValueOf([]incident.Period{{Wall: time.Duration(*n)}, {Days: *n}, {Business: *n}}[*n%3]))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), n)
	case reflect.Struct:
		for k := range v.NumField() {
			fill(t, v.Field(k), n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(t, v.Index(0), n)
		fill(t, v.Index(1), n)
	case reflect.String:
		v.SetString("値" + string(rune('a'+*n%26)))
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint8: // of a digest
		v.SetUint(uint64(*n % 256))
	case reflect.Bool:
		v.SetBool(true)
	default:
		t.Fatalf("no value for %s", v.Type())
	}
}

// pickLength is a time or, every other time, a number of business days.
func pickLength(n int) incident.Length {
	if n%2 == 0 {
		return incident.InDays(n)
	}
	return incident.In(time.Duration(n))
}

// full is a fact of that kind with every field set.
func full(t *testing.T, kind string) incident.Event {
	t.Helper()
	f, n := zeroOf(t, kind), 0
	fill(t, reflect.ValueOf(f).Elem(), &n)
	return incident.Event{By: bob, Recorder: ann, Occurred: incident.Moment{At: start(), Approx: true}, Fact: f}
}

// TestStoredFormIsKept reads what earlier versions stored. A body here is never edited: what was written once must be
// read for ever. A field that is new since is absent from it, and then zero; another body of the same kind, which is added, has it.
func TestStoredFormIsKept(t *testing.T) {
	var kept []stored
	b, err := os.ReadFile(fixtures)
	if err != nil && !*update {
		t.Fatal(err)
	}
	if err == nil {
		if err := json.Unmarshal(b, &kept); err != nil {
			t.Fatal(err)
		}
	}
	if *update {
		kept = addKinds(t, kept)
	}
	for _, kind := range incident.Kinds() {
		if _, missing := unkept(t, kept, kind); len(missing) > 0 {
			t.Errorf("no fixture of %s has %v: run with -update", kind, missing)
		}
	}
	for _, f := range kept {
		var e incident.Event
		body := compact(t, f.Body)
		if err := incident.Decode(&e, f.Kind, body); err != nil {
			t.Errorf("%s: %v", f.Kind, err)
			continue
		}
		if e.By != bob || e.Recorder != ann || !e.Occurred.At.Equal(start()) || !e.Occurred.Approx || e.Fact.Kind() != f.Kind {
			t.Errorf("%s: read as %+v", f.Kind, e)
		}
		again, err := incident.Encode(e)
		if err != nil {
			t.Fatalf("%s: %v", f.Kind, err)
		}
		if missing := lost(tree(t, body), tree(t, again), ""); len(missing) > 0 {
			t.Errorf("%s: read and written again, this is lost or different: %v\n%s\n%s", f.Kind, missing, body, again)
		}
	}
}

// unkept gives a body of a kind with all its fields, and lists those that no fixture of the kind has.
func unkept(t *testing.T, kept []stored, kind string) (body []byte, missing []string) {
	t.Helper()
	body, err := incident.Encode(full(t, kind))
	if err != nil {
		t.Fatal(err)
	}
	had := map[string]bool{}
	for _, f := range kept {
		if f.Kind == kind {
			names(tree(t, f.Body), "", had)
		}
	}
	all := map[string]bool{}
	names(tree(t, body), "", all)
	for name := range all {
		if !had[name] {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	return body, missing
}

// names gathers the paths of all that stands in a body.
func names(v any, path string, into map[string]bool) {
	into[path] = true
	switch v := v.(type) {
	case map[string]any:
		for k, one := range v {
			names(one, path+"."+k, into)
		}
	case []any:
		for _, one := range v {
			names(one, path+"[]", into)
		}
	}
}

// addKinds adds a body of each kind of which there is none, or none with fields that are new.
func addKinds(t *testing.T, kept []stored) []stored {
	t.Helper()
	for _, kind := range incident.Kinds() {
		if body, missing := unkept(t, kept, kind); len(missing) > 0 {
			kept = append(kept, stored{kind, body})
		}
	}
	b, err := json.MarshalIndent(kept, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(fixtures), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(fixtures, append(b, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
	return kept
}

func compact(t *testing.T, b []byte) []byte {
	t.Helper()
	out, err := json.Marshal(json.RawMessage(b))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func tree(t *testing.T, b []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// lost lists what stands in was and not, or not alike, in now.
func lost(was, now any, path string) []string {
	var out []string
	switch w := was.(type) {
	case map[string]any:
		n, _ := now.(map[string]any)
		for k, v := range w {
			out = append(out, lost(v, n[k], path+"."+k)...)
		}
	case []any:
		n, _ := now.([]any)
		for k, v := range w {
			if k >= len(n) {
				return append(out, path)
			}
			out = append(out, lost(v, n[k], path)...)
		}
	default:
		if !reflect.DeepEqual(was, now) {
			out = append(out, path)
		}
	}
	return out
}

func TestEveryFactSurvivesBeingStored(t *testing.T) {
	for _, kind := range incident.Kinds() {
		e := full(t, kind)
		body, err := incident.Encode(e)
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		var back incident.Event
		if err := incident.Decode(&back, kind, body); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if !reflect.DeepEqual(back.Fact, e.Fact) || back.By != e.By || back.Recorder != e.Recorder || back.Occurred != e.Occurred {
			t.Errorf("%s:\nwrote %+v\nread  %+v", kind, e.Fact, back.Fact)
		}
	}
}

// TestEveryFieldOfAFactHasAStoredName: a field without one would be renamed in storage when it is renamed in code.
func TestEveryFieldOfAFactHasAStoredName(t *testing.T) {
	var walk func(v reflect.Type, path string)
	walk = func(v reflect.Type, path string) {
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct || v == reflect.TypeFor[time.Time]() || v == reflect.TypeFor[incident.Length]() || v == reflect.TypeFor[incident.Period]() || v == reflect.TypeFor[calendar.Hours]() {
			return
		}
		for k := range v.NumField() {
			f := v.Field(k)
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); !f.Anonymous && (name == "" || name == "-") {
				t.Errorf("%s.%s has no stored name", path, f.Name)
			}
			walk(f.Type, path+"."+f.Name)
		}
	}
	for _, kind := range incident.Kinds() {
		walk(reflect.TypeOf(zeroOf(t, kind)), kind)
	}
}

// TestKindsCoverEveryFact reads the source: each type with a Kind method is a kind that can be read back.
func TestKindsCoverEveryFact(t *testing.T) {
	var declared []string
	for _, e := range []incident.Fact{&incident.Erased{Was: "x"}} {
		equal(t, "an erased fact keeps its kind", e.Kind(), "x")
	}
	f, err := parser.ParseFile(token.NewFileSet(), "kind.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Name.Name != "Kind" {
			continue
		}
		name := fn.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name
		kind := strings.Trim(fn.Body.List[0].(*ast.ReturnStmt).Results[0].(*ast.BasicLit).Value, `"`)
		declared = append(declared, kind)
		equal(t, kind+" is read as", reflect.TypeOf(zeroOf(t, kind)).Elem().Name(), name)
		equal(t, kind+" calls itself", zeroOf(t, kind).Kind(), kind)
	}
	slices.Sort(declared)
	same(t, "kinds", incident.Kinds(), declared)
}

func TestUnknownKindsAndBrokenBodiesAreErrors(t *testing.T) {
	for kind, body := range map[string]string{"from_the_future": `{"fact":{}}`, "noted": `{"fact":`, "titled": `{"fact":{"title":1}}`, "opened": `[]`} {
		var e incident.Event
		if err := incident.Decode(&e, kind, []byte(body)); err == nil {
			t.Errorf("%s %s was read as %+v", kind, body, e.Fact)
		}
	}
}

// TestPolicyStandsStillWhileItDecides: a policy is shared by all requests.
func TestPolicyStandsStillWhileItDecides(t *testing.T) {
	s := led(t, incident.P1)
	before, _ := json.Marshal(struct {
		M incident.Matrix
		O []incident.PersonID
		C []string
	}{s.policy.Matrix, s.policy.OnCall, s.policy.Checklist})
	s.do(bob, incident.FinishTask{ID: 1})
	s.do(bob, incident.Decline{})
	s.wait(6 * time.Hour)
	after, _ := json.Marshal(struct {
		M incident.Matrix
		O []incident.PersonID
		C []string
	}{s.policy.Matrix, s.policy.OnCall, s.policy.Checklist})
	equal(t, "policy", string(after), string(before))
}
