//go:build unix

package storage

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockFile holds an exclusive lock on a file until it is closed or the process dies, however it dies: the kernel lets
// go, so nothing is left behind by kill -9. What stands in the file means nothing to the lock. A file that a restore removed
// after it was opened here is no lock any more.
func lockFile(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		if same(f, name) {
			return f, nil
		}
		err = ErrInUse
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = ErrInUse
	}
	return nil, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
}

// same reports whether a name still is that of an open file.
func same(f *os.File, name string) bool {
	open, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(name)
	return err == nil && os.SameFile(open, there)
}
