package main

import (
	"database/sql"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"matoi/incident"
	"matoi/lang"
)

// reasons collects the codes and arguments that files give to a Broken.
func reasons(t *testing.T, files ...string) (codes map[string][]string) {
	t.Helper()
	codes = map[string][]string{}
	take := func(e ast.Expr, more []ast.Expr) {
		lit, ok := e.(*ast.BasicLit)
		if !ok {
			return // handed on; its literal stands elsewhere
		}
		code, _ := strconv.Unquote(lit.Value)
		names := codes[code]
		for k := 0; k < len(more); k += 2 {
			if lit, ok := more[k].(*ast.BasicLit); ok {
				name, _ := strconv.Unquote(lit.Value)
				names = append(names, name)
			}
		}
		codes[code] = names
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", file), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "code" {
					take(n.Value, nil)
				}
			case *ast.CallExpr:
				name := ""
				switch f := n.Fun.(type) {
				case *ast.Ident:
					name = f.Name
				case *ast.SelectorExpr:
					name = f.Sel.Name
				}
				if name == "broken" {
					take(n.Args[0], n.Args[1:])
				} else if name == "Break" {
					take(n.Args[2], n.Args[3:])
				}
			}
			return true
		})
	}
	return codes
}

func TestEveryReasonOfABrokenRecordIsWordedInBothLanguages(t *testing.T) {
	codes := reasons(t, "incident/verify.go", "storage/verify.go", "storage/verify_beside.go", "storage/register.go", "storage/heads.go")
	for code, names := range codes {
		args := map[string]any{}
		for _, name := range names {
			args[name] = 7
		}
		for _, l := range lang.All() {
			if said := whyBroken(&incident.Broken{Code: code, Args: args}, l); strings.Contains(said, "⟦") || strings.Contains(said, "<no value>") {
				t.Errorf("%s says %q in %s", code, said, l)
			}
		}
	}
	for _, id := range lang.IDs(lang.EN) {
		if code, ours := strings.CutPrefix(id, "broken."); ours {
			if _, used := codes[code]; !used {
				t.Errorf("no file gives the reason %s", code)
			}
		}
	}
}

func TestVerifySaysWhatIsBrokenInTheReadersLanguage(t *testing.T) {
	s := boot(t, "")
	n := s.say(t, "alice", "open P2 Checkout is slow")
	other := s.say(t, "alice", "open P3 Printer is jammed")
	data := whileClosed(t, s)
	for _, x := range []struct{ query, ja, en string }{
		{
			`UPDATE entry SET at = at + 1 WHERE number = %[2]d AND seq = 1`,
			other + " の記録 #1 が壊れています: ハッシュが、一つ前の記録から計算したものと一致しません [hash]\nそれより前のインシデント 1 件に問題はありません。それより後は調べていません。\n",
			other + " is broken at entry #1: its hash does not follow from the entry before [hash]\nThe incident before it is good; what comes after it was not looked at.\n",
		},
		{
			`UPDATE incident SET title = 'x' WHERE number = %[1]d`,
			n + " の記録 #VERSION が壊れています: インシデントの行の title が、記録の内容と一致しません [column]\n",
			n + " is broken at entry #VERSION: the row's title is not what the entries say [column]\n",
		},
		{
			`UPDATE counter SET n = n + 1 WHERE day > 0`,
			"-003 が壊れています: インシデントがありません。この番号は発行済みです [given]\nそれより前のインシデント 2 件に問題はありません。それより後は調べていません。\n",
			"-003 is broken: the incident is missing, though its number was given out [given]\nThe 2 incidents before it are good; what comes after it was not looked at.\n",
		},
	} {
		file := filepath.Join(t.TempDir(), "x.db")
		mustRun(t, "backup", file, "--data", data)
		a, _ := incident.ParseNumber(n)
		b, _ := incident.ParseNumber(other)
		query := x.query
		if strings.Contains(query, "%") {
			query = fmt.Sprintf(query+" -- %[1]d %[2]d", a, b)
		}
		version := ""
		db, err := sql.Open("sqlite", file)
		if err == nil {
			if _, err = db.Exec(query); err == nil {
				err = db.QueryRow(`SELECT version FROM incident WHERE number = $1`, int64(a)).Scan(&version)
			}
		}
		if err = errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		for locale, want := range map[string]string{"ja_JP.UTF-8": x.ja, "C": x.en} {
			want = strings.Replace(want, "#VERSION", "#"+version, 1)
			code, out, errs := run(t, "", map[string]string{"LANG": locale}, "verify", "--data", file)
			if code != 1 || out != "" || !strings.HasSuffix(errs, want) {
				t.Errorf("%s: exit %d, %s%s", x.query, code, out, errs)
			}
		}
	}
}

// TestAPageThatIsTornWhereNoRecordLiesIsFoundToo: verify says no more than serve would.
func TestAPageThatIsTornWhereNoRecordLiesIsFoundToo(t *testing.T) {
	s := boot(t, "")
	s.say(t, "alice", "open P2 Checkout is slow")
	data := whileClosed(t, s)
	file := filepath.Join(data, "matoi.db")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	var root int
	if err := errors.Join(db.QueryRow(`SELECT rootpage FROM sqlite_schema WHERE name = 'preference'`).Scan(&root), db.Close()); err != nil {
		t.Fatal(err)
	}
	clear(whole[(root-1)*4096 : root*4096])
	if err := os.WriteFile(file, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{{"verify"}, {"check"}, {"heads"}, {"serve", "--listen", "127.0.0.1:0"}} {
		code, _, errs := run(t, "", map[string]string{"LANG": "ja_JP.UTF-8"}, append(command, "--data", data)...)
		if code != 1 || !strings.Contains(errs, "データベースのファイルが壊れています") {
			t.Errorf("%s: exit %d: %s", command, code, errs)
		}
	}
}

func TestWhatIsNotThereIsSaidInTheReadersLanguage(t *testing.T) {
	s := boot(t, "")
	n := s.say(t, "alice", "open P2 Checkout is slow")
	data := whileClosed(t, s)
	other := n[:len(n)-1] + "9"
	dir := t.TempDir()
	text, err := os.ReadFile("cli_test.go")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "text"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		args   []string
		ja, en string
	}{
		{[]string{"legal-hold", other, "--data", data, "--by", "alice", "--why", "x"}, other + " は見つかりません", other + " was not found"},
		{[]string{"erase", "entry", other, "1", "--data", data, "--by", "alice", "--why", "x"}, other + " は見つかりません", other + " was not found"},
		{[]string{"verify", "--data", filepath.Join(dir, "none")}, "というフォルダーやファイルはありません", "there is no folder or file"},
		{[]string{"verify", "--data", dir}, "に Matoi のデータベースはありません", "there is no database of Matoi in"},
		{[]string{"verify", "--data", data, "--heads", filepath.Join(dir, "none")}, "none がありません", "there is no "},
		{[]string{"verify", "--data", data, "--heads", filepath.Join(dir, "text")}, "信用できません", "cannot be trusted"},
		{[]string{"verify", "--data", data, "--heads", filepath.Join(dir, "text"), "--public-key", "x"}, "公開鍵ではありません", "this is no public key"},
		{[]string{"heads", "--data", data, "--key", filepath.Join(dir, "text")}, "署名鍵(Ed25519、PKCS #8 の PEM)がありません", "holds no signing key"},
		{[]string{"backup", filepath.Join(dir, "none", "b.db"), "--data", data}, "書き出し先のフォルダー", "to write the backup to"},
		{[]string{"restore", filepath.Join(dir, "text"), "--data", filepath.Join(dir, "new")}, "Matoi のバックアップではありません", "this is no backup of Matoi’s"},
		{[]string{"restore", filepath.Join(data, "matoi.db"), "--data", data, "--force"}, "データフォルダーのデータベースそのもの", "the database of the data folder itself"},
		{[]string{"serve", "--listen", "nonsense", "--data", dir}, "nonsense", "“nonsense” is no address such as"},
		{[]string{"say", "--as", "alice", "--addr", "http://nowhere.invalid", "list"}, "nowhere.invalid というホストが見つかりません", "there is no machine called nowhere.invalid"},
	} {
		for locale, want := range map[string]string{"ja_JP.UTF-8": x.ja, "C": x.en} {
			code, out, errs := run(t, "", map[string]string{"LANG": locale}, x.args...)
			if code != 1 || out != "" || !strings.Contains(errs, want) {
				t.Errorf("%v in %s: exit %d, not %q: %s%s", x.args, locale, code, want, out, errs)
			}
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
