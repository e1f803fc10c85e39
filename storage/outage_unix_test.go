//go:build unix

package storage

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"matoi/bot/alert"
)

// Elsewhere a file that is open can't be taken away, and rights are not bits.

func TestAFolderThatIsTakenAwayTakesNothingMoreIn(t *testing.T) {
	for name, take := range map[string]func(dir string) error{
		"the folder is deleted": os.RemoveAll,
		"the file is deleted":   func(dir string) error { return os.Remove(filepath.Join(dir, sqliteFile)) },
		"another file stands there": func(dir string) error {
			file := filepath.Join(dir, sqliteFile)
			return errors.Join(os.Rename(file, file+".old"), os.WriteFile(file, nil, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			s, err := Open(t.Context(), Options{Path: dir})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			opened(t, s)
			if err := take(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := s.PutRaw(t.Context(), alert.Raw{Source: "am", Body: []byte("x")}); !errors.Is(err, ErrGone) {
				t.Errorf("a request went into a file that nobody will find: %v", err)
			}
			if err := s.Ready(t.Context()); !errors.Is(err, ErrGone) {
				t.Errorf("ready: %v", err)
			}
		})
	}
}

func TestNobodyElseReadsTheDatabaseOrABackup(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	opened(t, s)
	if err := s.Backup(t.Context(), filepath.Join(dir, "copy.db")); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		st, err := f.Info()
		if err != nil || st.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %v (%v)", f.Name(), st.Mode(), err)
		}
		if strings.Contains(f.Name(), "part") {
			t.Errorf("%s was left behind", f.Name())
		}
	}
}

func TestABackupThatFailsLeavesNothingBehind(t *testing.T) {
	s := openHere(t)
	opened(t, s)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Backup(ctx, filepath.Join(dir, "copy.db")); err == nil {
		t.Error("it was made after all")
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
