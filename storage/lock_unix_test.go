//go:build unix

package storage

import (
	"os"
	"path/filepath"
	"testing"
)

// TestALockThatARestoreTookAwayIsNone: whoever opened the file before it was removed must not believe that the folder is theirs.
func TestALockThatARestoreTookAwayIsNone(t *testing.T) {
	name := filepath.Join(t.TempDir(), lockedFile)
	first, err := lockFile(name)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if !same(first, name) {
		t.Error("a lock that stands is not seen as one")
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if same(first, name) {
		t.Error("a lock whose file is gone is seen as one")
	}
	second, err := lockFile(name)
	if err != nil || same(first, name) || !same(second, name) {
		t.Errorf("the next one's: %v", err)
	}
	_ = second.Close()
}
