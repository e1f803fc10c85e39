package incident_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"matoi/incident"
	"matoi/incident/calendar"
)

// erased takes the texts of entries out of a chain and gives the chain as it is stored then.
func erased(t *testing.T, n incident.Number, events []incident.Event, seqs ...int64) ([]incident.Event, *incident.Erasure) {
	t.Helper()
	x, err := incident.Erase(n, events, seqs, "a customer asked", incident.By{Person: "p9"}, events[len(events)-1].At, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	out := slices.Clone(events)
	for _, e := range x.Rewritten {
		out[e.Seq-1] = e
	}
	return append(out, x.Fact), x
}

func TestErasedTextsAreGoneAndTheChainHolds(t *testing.T) {
	n, events := sealed(t)
	at := slices.IndexFunc(events, func(e incident.Event) bool { return e.Fact.Kind() == "noted" })
	before := incident.Fold(n, events)
	now, x := erased(t, n, events, int64(at)+1)
	if broken := incident.Verify(n, now); broken != nil {
		t.Fatalf("verify: %v", broken)
	}
	equal(t, "erased entries", incident.ErasedIn(now), 1)
	same(t, "what went", x.Gone, []string{"再起動した"})
	for _, e := range now {
		if bytes.Contains(e.Body, []byte("再起動した")) {
			t.Errorf("entry %d still says it", e.Seq)
		}
	}
	e := now[at]
	equal(t, "who", e.By, events[at].By)
	equal(t, "when", e.At, events[at].At)
	equal(t, "its text", e.Fact.(*incident.Noted).Text, incident.Blank)
	same(t, "hash", e.Hash, events[at].Hash)
	equal(t, "its salt", len(e.Salt), 0)
	after := x.After
	after.Version, after.Head, after.Changed = before.Version, before.Head, before.Changed
	equal(t, "the state but for the end of the chain", text(t, after), text(t, before))
	equal(t, "text of the first", events[at].Fact.(*incident.Noted).Text, "再起動した")
}

func TestErasingTakesLaterFormsAndRepetitionsAlong(t *testing.T) {
	s := led(t, incident.P1)
	s.do(ann, incident.Note{Text: "customer Yamada 090-1234-5678 called"})
	seq := int64(len(s.all()))
	s.do(ann, incident.Revise{Seq: seq, Text: "customer Yamada called", Why: "edited"})
	s.do(dan, incident.Note{Text: "as said: customer Yamada 090-1234-5678 called, twice"})
	s.do(dan, incident.Note{Text: "nothing to do with it"})
	events := reread(t, s.all())
	for _, by := range []int64{seq, seq + 1} { // by either form
		now, x := erased(t, s.n, events, by)
		if broken := incident.Verify(s.n, now); broken != nil {
			t.Fatal(broken)
		}
		equal(t, "entries", len(x.Rewritten), 3)
		for _, e := range now {
			if strings.Contains(string(e.Body), "Yamada") {
				t.Errorf("entry %d still says it: %s", e.Seq, e.Body)
			}
		}
		equal(t, "the other note", now[seq+2].Fact.(*incident.Noted).Text, "nothing to do with it")
	}
}

func TestErasingIsRefusedWhereThereIsNothingToErase(t *testing.T) {
	n, events := sealed(t)
	at := slices.IndexFunc(events, func(e incident.Event) bool { return e.Fact.Kind() == "noted" })
	now, _ := erased(t, n, events, int64(at)+1)
	bare := slices.IndexFunc(events, func(e incident.Event) bool { return len(incident.Texts(e.Fact)) == 0 })
	for _, x := range []struct {
		seq          int64
		reason, code string
	}{
		{int64(at) + 1, "again", "erase_again"},
		{int64(len(now)), "the erasure itself", "erase_textless"},
		{int64(bare) + 1, "no text", "erase_textless"},
		{0, "none", "erase_unknown"},
		{99, "none", "erase_unknown"},
		{1, " ", "erase_reason"},
	} {
		_, err := incident.Erase(n, now, []int64{x.seq}, x.reason, incident.By{Person: "p9"}, now[0].At, rand.Reader)
		var refusal *incident.Refusal
		if !errors.As(err, &refusal) || refusal.Code != x.code {
			t.Errorf("%d %q: %v, want %s", x.seq, x.reason, err, x.code)
		}
	}
}

func TestOnlyALaterEntryOfTheChainMayTakeATextAway(t *testing.T) {
	n, events := sealed(t)
	at := slices.IndexFunc(events, func(e incident.Event) bool { return e.Fact.Kind() == "noted" })
	seq := int64(at) + 1
	whole, _ := erased(t, n, events, seq)
	last := int64(len(whole))
	for name, x := range map[string]struct {
		spoil func(e []incident.Event) []incident.Event
		seq   int64
	}{
		"a text taken away without a word": {func([]incident.Event) []incident.Event {
			e := slices.Clone(events)
			e[at].Body, e[at].Salt = nil, nil
			return e
		}, seq},
		"what was left, changed":       {func(e []incident.Event) []incident.Event { e[at].Body = []byte(`{"fact":{"sort":"x"}}`); return e }, seq},
		"what was left, taken away":    {func(e []incident.Event) []incident.Event { e[at].Body = nil; return e }, seq},
		"the text put back":            {func(e []incident.Event) []incident.Event { e[at] = events[at]; return e }, seq},
		"a salt put back":              {func(e []incident.Event) []incident.Event { e[at].Salt = events[at].Salt; return e }, seq},
		"the erasing entry cut off":    {func(e []incident.Event) []incident.Event { return e[:last-1] }, seq},
		"the erasing entry changed":    {func(e []incident.Event) []incident.Event { e[last-1].Body[3] ^= 1; return e }, last},
		"the erasing entry without it": {func(e []incident.Event) []incident.Event { e[last-1].Salt = nil; return e }, last},
		"another text gone with it": {func(e []incident.Event) []incident.Event {
			e[0].Salt = nil
			return e
		}, 1},
	} {
		broken := incident.Verify(n, x.spoil(reread(t, whole)))
		if broken == nil || broken.Seq != x.seq {
			t.Errorf("%s: %v, want entry %d", name, broken, x.seq)
		}
	}
}

func TestASaltHasOneLength(t *testing.T) {
	n, events := sealed(t)
	e := &events[2]
	e.Body, e.Salt = append([]byte{e.Salt[15]}, e.Body...), e.Salt[:15] // the same bytes, the same digest
	if broken := incident.Verify(n, events); broken == nil || broken.Seq != 3 {
		t.Errorf("a byte went from the salt to the text: %v", broken)
	}
}

// kept are the fields of facts that are no texts of people: ids, names of kinds, words of lists.
var kept = strings.Fields(`source key service group impact urgency category services team channel policy realm room thread message id type sort why how of kind
	status for audience stream answer role clock effect lang checklist room.name room.link was
	call trigger escalation handed line missing way state rule stage stages ja en authority note_ja note_en zone hours`) // those of rules stand in the configuration

func TestEveryFieldOfAFactIsATextOrNone(t *testing.T) {
	var walk func(kind reflect.Type, path string)
	walk = func(v reflect.Type, path string) {
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct || v == reflect.TypeFor[calendar.Hours]() { // which name no person
			return
		}
		for k := range v.NumField() {
			f := v.Field(k)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			plain := f.Type == reflect.TypeFor[string]() || f.Type == reflect.TypeFor[[]string]()
			if text := f.Tag.Get("erase") == "text"; plain && !text && !slices.Contains(kept, name) && !slices.Contains(kept, path[strings.LastIndex(path, ".")+1:]+"."+name) {
				t.Errorf("%s.%s: is it a text of people's (erase:\"text\") or a word of Matoi's (kept)?", path, name)
			} else if text && !plain {
				t.Errorf("%s.%s is marked as a text and is none", path, name)
			}
			if f.IsExported() {
				walk(f.Type, path+"."+name)
			}
		}
	}
	for _, kind := range incident.Kinds() {
		if kind != "text_erased" { // its reason says why
			walk(reflect.TypeOf(zeroOf(t, kind)), kind)
		}
	}
}

func TestAnyFactGivesUpAllItsTexts(t *testing.T) {
	n, events := sealed(t)
	rapid.Check(t, func(rt *rapid.T) {
		kind := rapid.SampledFrom(incident.Kinds()).Draw(rt, "kind")
		e := full(t, kind)
		texts := incident.Texts(e.Fact)
		if kind == "text_erased" || len(texts) == 0 {
			return
		}
		e.Number, e.Seq, e.At = n, int64(len(events))+1, events[0].At
		if err := incident.Seal(&e, events[len(events)-1].Hash, rand.Reader); err != nil {
			rt.Fatal(err)
		}
		now, x := erased(t, n, append(slices.Clone(events), e), e.Seq)
		if broken := incident.Verify(n, now); broken != nil {
			rt.Fatalf("%s: %v", kind, broken)
		}
		if left := incident.Texts(now[e.Seq-1].Fact); len(left) > 0 || len(x.Gone) < len(texts) {
			rt.Fatalf("%s: %q are left, %q went", kind, left, x.Gone)
		}
	})
}
