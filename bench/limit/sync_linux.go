package limit

import (
	"os"
	"syscall"
)

// syncData makes what was written durable, and of the file's own data only its length.
func syncData(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }
