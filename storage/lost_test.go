package storage_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"matoi/storage"
)

func TestAFolderWhoseDatabaseIsGoneIsNotBegunAnew(t *testing.T) {
	folder := t.TempDir()
	open := func() error {
		s, err := storage.Open(t.Context(), storage.Options{Path: folder})
		if err != nil {
			return err
		}
		return s.Close()
	}
	if err := open(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(folder, "matoi.db")); err != nil {
		t.Fatal(err)
	}
	if err := open(); !errors.Is(err, storage.ErrLost) {
		t.Fatalf("opened without its database: %v, want ErrLost", err)
	}
	if _, err := os.Stat(filepath.Join(folder, "matoi.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a new database lies in the folder: %v", err)
	}
	if err := os.Remove(filepath.Join(folder, "matoi.lock")); err != nil {
		t.Fatal(err)
	}
	if err := open(); err != nil {
		t.Errorf("not begun anew although nothing says that there was one: %v", err)
	}
}
