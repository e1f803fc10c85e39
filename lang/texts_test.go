package lang

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template"
	"text/template/parse"
)

func TestTextFilesAreReadable(t *testing.T) {
	t.Parallel()
	for _, l := range All() {
		if _, err := load(files, l); err != nil {
			t.Error(err)
		}
	}
	paths, err := fs.Glob(files, "texts/*.json")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{} // language and id -> file
	for _, path := range paths {
		_, l, ok := strings.Cut(strings.TrimSuffix(filepath.Base(path), ".json"), ".")
		if !ok || !slices.Contains(All(), Lang(l)) {
			t.Errorf("%s: a name is <area>.ja.json or <area>.en.json", path)
		}
		for _, id := range keys(t, path) {
			if first := seen[l+" "+id]; first != "" {
				t.Errorf("%s: %s stands already in %s", path, id, first)
			}
			seen[l+" "+id] = path
		}
	}
}

// keys reads the top-level keys of a file one by one, because decoding into a map
// hides a key that stands twice.
func keys(t *testing.T, path string) (ids []string) {
	t.Helper()
	data, err := fs.ReadFile(files, path)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	if _, err := decoder.Token(); err != nil {
		return nil // reported by load
	}
	for decoder.More() {
		key, err := decoder.Token()
		var value json.RawMessage
		if err != nil || decoder.Decode(&value) != nil {
			return ids
		}
		ids = append(ids, key.(string))
	}
	return ids
}

func TestEveryTextExistsInBothLanguagesWithTheSameArguments(t *testing.T) {
	t.Parallel()
	arguments := map[Lang]map[string][]string{JA: templateArgs(t, JA), EN: templateArgs(t, EN)}
	for _, id := range IDs(JA) {
		if !Has(EN, id) {
			t.Errorf("%s has no English text", id)
			continue
		}
		if ja, en := arguments[JA][id], arguments[EN][id]; !slices.Equal(ja, en) {
			t.Errorf("%s: Japanese uses %v, English %v", id, ja, en)
		}
	}
	for _, id := range IDs(EN) {
		if !Has(JA, id) {
			t.Errorf("%s has no Japanese text", id)
		}
	}
}

// templateArgs collects for every id the names its templates use, over all plural
// forms, sorted.
func templateArgs(t *testing.T, l Lang) map[string][]string {
	t.Helper()
	paths, err := fs.Glob(files, "texts/*."+string(l)+".json")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, path := range paths {
		data, err := fs.ReadFile(files, path)
		if err != nil {
			t.Fatal(err)
		}
		var messages map[string]any
		if json.Unmarshal(data, &messages) != nil {
			continue // reported by load
		}
		for id, message := range messages {
			names := map[string]bool{}
			switch m := message.(type) {
			case string:
				fields(t, path, id, m, names)
			case map[string]any:
				for form, text := range m {
					if form != "one" && form != "other" || l == JA && form == "one" {
						t.Errorf("%s: %s has a form %q that this language does not know", path, id, form)
					}
					text, _ := text.(string)
					fields(t, path, id, text, names)
				}
				if other, _ := m["other"].(string); other == "" {
					t.Errorf("%s: %s lacks the form other", path, id)
				}
			default:
				t.Errorf("%s: %s is neither a text nor plural forms", path, id)
			}
			all[id] = slices.Sorted(maps.Keys(names))
		}
	}
	return all
}

// fields adds the names a template uses.
func fields(t *testing.T, path, id, text string, names map[string]bool) {
	t.Helper()
	if strings.TrimSpace(text) == "" {
		t.Errorf("%s: %s is empty", path, id)
	}
	tmpl, err := template.New(id).Parse(text)
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return
	}
	if tmpl.Tree == nil {
		return
	}
	var walk func(parse.Node)
	walk = func(node parse.Node) {
		switch n := node.(type) {
		case *parse.ListNode:
			if n != nil {
				for _, child := range n.Nodes {
					walk(child)
				}
			}
		case *parse.ActionNode:
			walk(n.Pipe)
		case *parse.PipeNode:
			if n != nil {
				for _, command := range n.Cmds {
					for _, arg := range command.Args {
						walk(arg)
					}
				}
			}
		case *parse.FieldNode:
			names[n.Ident[0]] = true
		case *parse.IfNode:
			walk(n.Pipe)
			walk(n.List)
			walk(n.ElseList)
		case *parse.WithNode:
			walk(n.Pipe)
			walk(n.List)
			walk(n.ElseList)
		case *parse.RangeNode:
			walk(n.Pipe)
			walk(n.List)
			walk(n.ElseList)
		}
	}
	walk(tmpl.Root)
}

func TestEveryTextIsUsedAndEveryUsedTextExists(t *testing.T) {
	t.Parallel()
	src := readSource(t)
	used := map[string]bool{}
	for id := range src.literals {
		used[id] = true
	}
	for _, f := range families() {
		any := false
		for _, id := range IDs(JA) {
			if strings.HasPrefix(id, f.prefix) {
				used[id], any = true, true
			}
		}
		if !any {
			t.Logf("family %s (%s) has no texts", f.prefix, f.reason)
		}
	}
	for _, id := range IDs(JA) {
		if !used[id] {
			t.Errorf("%s is used nowhere: delete it, or name its family in families_test.go", id)
		}
	}
	arguments := templateArgs(t, JA)
	for _, c := range src.calls {
		switch {
		case c.prefix && !slices.ContainsFunc(families(), func(f family) bool { return strings.HasPrefix(c.id, f.prefix) }):
			t.Errorf("%s: ids %q… are built here; name the family in families_test.go", c.at, c.id)
		case !c.prefix && !Has(JA, c.id):
			t.Errorf("%s: there is no text %s", c.at, c.id)
		case !c.prefix && c.argsKnown:
			for _, name := range arguments[c.id] {
				if !slices.Contains(c.args, name) {
					t.Errorf("%s: %s needs the argument %s", c.at, c.id, name)
				}
			}
		}
	}
}

// source is what the program's files say about texts.
type source struct {
	literals map[string]bool // every string literal
	calls    []textCall
}

// textCall is a call of Text whose id is a literal or begins with one.
type textCall struct {
	at, id    string
	prefix    bool // the id goes on with a value
	args      []string
	argsKnown bool // the arguments are written out in the call
}

// readSource parses every Go file of the module except tests. Text files of others
// need no list of theirs here: any literal that equals an id uses it, be it in a
// call or in a table.
func readSource(t *testing.T) source {
	t.Helper()
	root := moduleRoot(t)
	src := source{literals: map[string]bool{}}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "vendor" || name == "tools") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("parse: %w", err)
		}
		short, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		src.read(set, file, short)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(src.literals) == 0 {
		t.Fatal("no source found")
	}
	return src
}

func (src *source) read(set *token.FileSet, file *ast.File, path string) {
	ast.Inspect(file, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.BasicLit:
			if text, ok := literal(n); ok {
				src.literals[text] = true
			}
		case *ast.CallExpr:
			if len(n.Args) == 3 && isText(n.Fun, file.Name.Name) {
				if c, ok := readCall(n); ok {
					c.at = fmt.Sprintf("%s:%d", path, set.Position(n.Pos()).Line)
					src.calls = append(src.calls, c)
				}
			}
		}
		return true
	})
}

// isText tells whether a call is lang.Text, or Text inside this package.
func isText(fun ast.Expr, pkg string) bool {
	switch f := fun.(type) {
	case *ast.SelectorExpr:
		from, ok := f.X.(*ast.Ident)
		return ok && from.Name == "lang" && f.Sel.Name == "Text"
	case *ast.Ident:
		return pkg == "lang" && f.Name == "Text"
	}
	return false
}

func readCall(call *ast.CallExpr) (textCall, bool) {
	var c textCall
	id := call.Args[1]
	for {
		sum, ok := id.(*ast.BinaryExpr)
		if !ok {
			break
		}
		id, c.prefix = sum.X, true
	}
	var ok bool
	if c.id, ok = literal(id); !ok {
		return textCall{}, false
	}
	switch args := call.Args[2].(type) {
	case *ast.Ident:
		c.argsKnown = args.Name == "nil"
	case *ast.CompositeLit:
		c.argsKnown = true
		for _, element := range args.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				if name, ok := literal(pair.Key); ok {
					c.args = append(c.args, name)
				}
			}
		}
	}
	return c, true
}

func literal(expr ast.Expr) (string, bool) {
	lit, ok := expr.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = parent
	}
}
