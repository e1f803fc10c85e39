package storage

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// identity tells a file from another one that took its name.
type identity struct {
	major, minor uint32
	inode        uint64
}

// identify finds out which file has a name. It asks for no times: a kernel that was asked when a file changed gives the next change a time
// of its own, and each flush of a file that was asked about before each write has to write that down, too (Linux from 6.13 on,
// Documentation/filesystems/multigrain-ts.rst).
func identify(name string) (identity, error) {
	var s unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, name, 0, unix.STATX_INO, &s); err == nil {
		return identity{s.Dev_major, s.Dev_minor, s.Ino}, nil
	}
	info, err := os.Stat(name) // where a sandbox knows no statx; this one tells what else is wrong, too
	if err != nil {
		return identity{}, err
	}
	at, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{}, fmt.Errorf("which file %s is: %w", name, errors.ErrUnsupported)
	}
	return identity{unix.Major(at.Dev), unix.Minor(at.Dev), at.Ino}, nil
}

func (i identity) same(other identity) bool { return i == other }
