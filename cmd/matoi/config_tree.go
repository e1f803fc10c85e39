package main

import (
	"encoding"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"matoi/bot"
	"matoi/bot/alert"
	"matoi/bot/slack"
	"matoi/incident"
	"matoi/lang"
)

// ParseConfig reads the text of a configuration file over the defaults and reports every mistake at once.
func ParseConfig(file string, text []byte, env Env) (Config, error) {
	c := DefaultConfig()
	t := &tree{file: file, env: env, at: map[string]*yaml.Node{}}
	var doc yaml.Node
	if err := yaml.Load(text, &doc); err != nil {
		if empty(text) {
			return c, c.prepare(t)
		}
		t.loadErrors(err)
		return Config{}, t.mistakes.sorted()
	}
	root := &doc
	if doc.Kind == yaml.DocumentNode && len(doc.Content) > 0 {
		root = doc.Content[0]
	}
	if root.Kind == 0 || root.ShortTag() == "!!null" { // comments alone
		return c, c.prepare(t)
	}
	t.walk(root, reflect.TypeFor[Config](), "")
	if err := root.Load(&c); err != nil {
		t.loadErrors(err)
	}
	if err := c.prepare(t); err != nil {
		return Config{}, err
	}
	c.uncounted = t.uncounted()
	return c, nil
}

// uncounted are the priorities whose targets the file names without the hours in which they count, where those are not all hours.
func (t *tree) uncounted() (out []incident.Priority) {
	shipped := DefaultConfig().Targets
	for of := incident.P1; of <= incident.P5; of++ {
		key := "targets." + of.String()
		if t.at[key] == nil || t.at[key+".hours"] != nil || shipped.of(of).Hours == aroundTheClock {
			continue
		}
		for k := range t.at {
			if strings.HasPrefix(k, key+".") {
				out = append(out, of)
				break
			}
		}
	}
	return out
}

// empty reports whether a text holds nothing but comments.
func empty(text []byte) bool {
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return false
		}
	}
	return true
}

// tree is the file as read: it knows where each key stands, so that every mistake can name its place.
type tree struct {
	file     string
	env      Env
	at       map[string]*yaml.Node // by key; a mapping's own position is that of its key
	mistakes Mistakes
}

// wrong records a mistake at a key, or at the nearest one above it that the file has.
func (t *tree) wrong(key, what string, args lang.Args) {
	m := Mistake{File: t.file, Key: key, What: what, Args: args}
	for k := key; k != ""; k = above(k) {
		if n := t.at[k]; n != nil {
			m.Line, m.Column = n.Line, n.Column
			break
		}
	}
	t.mistakes = append(t.mistakes, m)
}

// above is the key that holds a key: a.b[0] -> a.b -> a -> "".
func above(key string) string {
	return key[:max(0, strings.LastIndexAny(key, ".["))]
}

// loadErrors takes over what the YAML library found.
func (t *tree) loadErrors(err error) {
	many, one := (*yaml.LoadErrors)(nil), (*yaml.LoadError)(nil)
	switch {
	case errors.As(err, &many):
		for _, e := range many.Errors {
			t.loadError(e)
		}
	case errors.As(err, &one):
		t.loadError(one)
	default:
		t.mistakes = append(t.mistakes, Mistake{File: t.file, What: "config.syntax", Args: lang.Args{"Detail": err.Error()}})
	}
}

func (t *tree) loadError(e *yaml.LoadError) {
	key, size := "", -1
	for k, n := range t.at {
		if n.Line == e.Mark.Line && n.Column <= e.Mark.Column && n.Column > size {
			key, size = k, n.Column
		}
	}
	m := Mistake{File: t.file, Line: e.Mark.Line, Column: e.Mark.Column, Key: key}
	m.What, m.Args = unreadable(e)
	t.mistakes = append(t.mistakes, m)
}

// unreadable words what the YAML library found: a value that can't be read, one of another shape, or no YAML at all.
func unreadable(e *yaml.LoadError) (what string, args lang.Args) {
	if m, ok := errors.AsType[misspelt](e); ok {
		return m.what, lang.Args{"Word": m.word}
	}
	if m, ok := errors.AsType[slack.Misspelt](e); ok {
		return "config.length", lang.Args{"Word": string(m)}
	}
	if m, ok := errors.AsType[alert.Mistake](e); ok {
		args = lang.Args{}
		for name, value := range m.Args {
			args[name] = value
		}
		return m.ID, args
	}
	if r, ok := errors.AsType[*incident.Refusal](e); ok {
		return "refusal." + r.Code, r.Args
	}
	shape := regexp.MustCompile(`^cannot construct .* into (.+)$`).FindStringSubmatch(e.Message)
	if shape == nil {
		return "config.syntax", lang.Args{"Detail": e.Message}
	}
	switch into := strings.TrimLeft(shape[1], "*"); {
	case into == "string":
		return "config.shape_text", nil
	case into == "bool":
		return "config.shape_bool", nil
	case strings.HasPrefix(into, "int"), strings.HasPrefix(into, "float"):
		return "config.shape_number", nil
	case strings.HasPrefix(into, "[]"), strings.HasSuffix(into, "Rules"):
		return "config.shape_list", nil
	}
	return "config.shape_keys", nil
}

// walk compares a node with the type it will be decoded into: unknown keys are reported with the nearest right one,
// secrets are replaced by what they stand for, and positions are kept.
func (t *tree) walk(n *yaml.Node, typ reflect.Type, key string) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if key != "" && t.at[key] == nil {
		t.at[key] = n
	}
	switch {
	case typ == reflect.TypeFor[bot.Secret]():
		t.resolve(n, key)
	case reflect.PointerTo(typ).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
	case typ.Kind() == reflect.Struct && n.Kind == yaml.MappingNode:
		t.walkStruct(n, typ, key)
	case typ == reflect.TypeFor[Slacks]() && n.Kind == yaml.MappingNode: // one alone
		t.walkStruct(n, typ.Elem(), key)
	case typ.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for i, item := range n.Content {
			t.walk(item, typ.Elem(), fmt.Sprintf("%s[%d]", key, i))
		}
	case typ.Kind() == reflect.Map && n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			t.walk(n.Content[i+1], typ.Elem(), join(key, n.Content[i].Value))
		}
	}
}

func (t *tree) walkStruct(n *yaml.Node, typ reflect.Type, key string) {
	fields := keysOf(typ)
	first := map[string]*yaml.Node{} // by the name of the key
	var once []*yaml.Node            // the library stops at a key that comes twice, and would hide what else is wrong
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i]
		here := join(key, name.Value)
		if before := first[name.Value]; before != nil {
			t.mistakes = append(t.mistakes, Mistake{
				File: t.file, Line: name.Line, Column: name.Column, Key: here,
				What: "config.key_twice", Args: lang.Args{"Line": before.Line},
			})
			continue
		}
		first[name.Value] = name
		once = append(once, name, n.Content[i+1])
		t.at[here] = name
		field, known := fields[name.Value]
		if !known {
			t.unknown(here, name.Value, typ)
			continue
		}
		t.walk(n.Content[i+1], field, here)
	}
	n.Content = once
}

// unknown reports a key that does not exist: a neighbour spelt alike is offered first, then the same word elsewhere.
func (t *tree) unknown(here, name string, typ reflect.Type) {
	var neighbours []string
	for k := range keysOf(typ) {
		neighbours = append(neighbours, k)
	}
	if right := nearest(name, slices.Sorted(slices.Values(neighbours))); right != "" {
		t.wrong(here, "config.unknown_near", lang.Args{"Near": right})
		return
	}
	for _, k := range allKeys(reflect.TypeFor[Config](), "") {
		if k == name || strings.HasSuffix(k, "."+name) {
			t.wrong(here, "config.unknown_elsewhere", lang.Args{"Near": k})
			return
		}
	}
	t.wrong(here, "config.unknown", lang.Args{"Known": strings.Join(slices.Sorted(slices.Values(neighbours)), ", ")})
}

// resolve puts in place of ${NAME} and file:path what they stand for. Anything else is the secret itself.
func (t *tree) resolve(n *yaml.Node, key string) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		return
	}
	value := n.Value
	if m := regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$`).FindStringSubmatch(value); m != nil {
		value, _ = t.env.Lookup(m[1])
		if value == "" {
			t.wrong(key, "config.secret_env", lang.Args{"Name": m[1]})
		}
	} else if file, ok := strings.CutPrefix(value, "file:"); ok {
		b, err := t.env.Read(file)
		value = strings.TrimRight(string(b), "\r\n")
		if err != nil || value == "" {
			t.wrong(key, "config.secret_file", lang.Args{"Name": file})
		}
	}
	n.SetString(value)
	n.Tag = "!!str"
}

// keysOf gives the keys of a struct with the types behind them.
func keysOf(typ reflect.Type) map[string]reflect.Type {
	keys := map[string]reflect.Type{}
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("yaml"), ",")
		if name != "" && name != "-" {
			keys[name] = typ.Field(i).Type
		}
	}
	return keys
}

// allKeys lists every key that exists, e.g. sources.auth.hmac.header; the ones of lists without an index.
func allKeys(typ reflect.Type, key string) []string {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || reflect.PointerTo(typ).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return nil
	}
	var out []string
	keys := keysOf(typ)
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		out = append(out, join(key, name))
	}
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		out = append(out, allKeys(keys[name], join(key, name))...)
	}
	return out
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}
