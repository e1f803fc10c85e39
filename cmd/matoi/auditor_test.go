package main

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"matoi/incident"
	"matoi/lang"
	"matoi/storage"
)

// What verify calls good must be what restore takes, and nothing may look checked that was not.
func TestVerifyRefusesABackupThatRestoreWouldRefuse(t *testing.T) {
	s := boot(t, "")
	s.say(t, "alice", "open P2 Checkout is slow")
	data := whileClosed(t, s)
	good := filepath.Join(t.TempDir(), "backup.db")
	mustRun(t, "backup", good, "--data", data)
	mustRun(t, "verify", "--data", good)
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, bytes := range map[string][]byte{"a byte short": whole[:len(whole)-1], "a byte long": append(whole[:len(whole):len(whole)], 0), "half": whole[:len(whole)/2]} {
		file := filepath.Join(t.TempDir(), "x.db")
		if err := os.WriteFile(file, bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"verify", "--data", file}, {"restore", file, "--data", t.TempDir()}} {
			code, out, errs := run(t, "", nil, args...)
			if code != 1 || out != "" || !strings.Contains(errs, "the backup is damaged") {
				t.Errorf("%s, %s: exit %d: %s%s", name, args[0], code, out, errs)
			}
		}
	}
	if code, out, errs := run(t, "", nil, "verify", "--data", good, "--public-key", "x"); code != 2 || out != "" || !strings.Contains(errs, "--heads") {
		t.Errorf("a key without heads: exit %d: %s%s", code, out, errs)
	}
}

// An erasing that ended before the file was written anew is finished by the same command.
func TestErasingAgainTakesOffTheDiskWhatTheFirstTimeLeft(t *testing.T) {
	s := boot(t, "")
	n := s.say(t, "alice", "open P2 Checkout is slow")
	s.say(t, "alice", "log "+strings.Repeat("Yamada ", 1000)+"--in "+n) // pages of its own
	data := whileClosed(t, s)
	exported, _ := mustRun(t, "export", "--data", data)
	found := regexp.MustCompile(`"seq":(\d+),"kind":"noted"`).FindStringSubmatch(exported)
	if found == nil {
		t.Fatalf("no entry in %s", exported)
	}
	number, seqs, err := entriesOf([]string{n, found[1]}, lang.EN)
	if err != nil {
		t.Fatal(err)
	}
	st, err := storage.Open(t.Context(), storage.Options{Path: data})
	if err != nil {
		t.Fatal(err)
	}
	<-st.Renewed()
	by, err := whom(t.Context(), st, "alice", lang.EN)
	if err == nil {
		err = st.EraseEntries(t.Context(), number, seqs, incident.By{Person: by}, "request 17")
	}
	if err := errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
	if len(anywhere(t, data, "Yamada")) == 0 {
		t.Fatal("nothing was left to take away")
	}
	code, out, errs := run(t, "", nil, "erase", "entry", n, found[1], "--data", data, "--by", "alice", "--why", "request 17")
	if found := anywhere(t, data, "Yamada"); code != 1 || out != "" || !strings.Contains(errs, "already") || len(found) > 0 {
		t.Errorf("exit %d, still in %v: %s%s", code, found, out, errs)
	}
}

func TestMistakesInACommandAreSaidInTheReadersLanguage(t *testing.T) {
	for _, x := range []struct{ args, ja, en string }{
		{"backup", "使い方が違います: matoi backup FILE", "it is used so: matoi backup FILE"},
		{"verify x", "使い方が違います: matoi verify", "it is used so: matoi verify"},
		{"erase person x", "--by, --why を指定してください", "flags are missing: --by, --why"},
		{"erase", "matoi erase の後に次のどれかが必要です: entry, person", "matoi erase needs one of these words behind it: entry, person"},
		{"alert", "matoi alert の後に次のどれかが必要です: explain", "matoi alert needs one of these words behind it: explain"},
		{"completion", "bash, fish, powershell, zsh", "bash, fish, powershell, zsh"},
		{"erase persn x", "person のことですか", "Did you mean person?"},
		{"erase xyzzy", "matoi help erase で見られます", "matoi help erase shows them all"},
		{"erase entry INC-20261121-001 x --by a --why b", "「x」は記録の番号ではありません", "“x” is no number of an entry"},
		{"legal-hold x --by a --why b", "「x」はインシデント番号ではありません", "“x” is no number of an incident"},
		{"verify --data", "--data には値が必要です", "--data needs a value"},
		{"export --private=maybe", "「maybe」は --private の値として使えません", "“maybe” is nothing that --private can be"},
		{"alert explain --source generic --header x", "「x」はヘッダーではありません", "“x” is no header"},
		{"demo x", "使い方が違います: matoi demo", "it is used so: matoi demo"},
		{"version x", "使い方が違います: matoi version", "it is used so: matoi version"},
		{"serve -x", "-x というオプション", "there is no flag -x here"},
		{"help nonsense", "「nonsense」というコマンドはありません", "no command “nonsense”"},
		{"help erase nonsense", "「nonsense」というコマンドはありません", "no command “nonsense”"},
	} {
		for locale, want := range map[string]string{"ja_JP.UTF-8": x.ja, "C": x.en} {
			code, out, errs := run(t, "", map[string]string{"LANG": locale}, strings.Fields(x.args)...)
			if code != 2 || out != "" || !strings.Contains(errs, want) {
				t.Errorf("%s, %s: exit %d, not %q: %s%s", x.args, locale, code, want, out, errs)
			}
		}
	}
	for _, args := range []string{"erase --help", "erase person --help", "help alert explain", "legal-hold --help", "completion --help", "completion zsh --help", "heads --help"} {
		if _, out, _ := run(t, "", map[string]string{"LANG": "ja_JP.UTF-8"}, strings.Fields(args)...); !strings.Contains(out, "ヘルプを表示する") || strings.Contains(out, "help for") {
			t.Errorf("%s: %s", args, out)
		}
	}
}
