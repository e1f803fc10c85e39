package limit

import (
	"os"
	"path/filepath"
)

// logKeeper appends to one file.
type logKeeper struct {
	file   *os.File
	buffer []byte
}

func openLog(folder string) (keeper, error) {
	f, err := os.Create(filepath.Join(folder, "alerts.log"))
	return &logKeeper{file: f}, err
}

func (k *logKeeper) keep(notes []*note) error {
	k.buffer = k.buffer[:0]
	for _, n := range notes {
		k.buffer = append(append(k.buffer, n.raw...), '\n')
	}
	if _, err := k.file.Write(k.buffer); err != nil {
		return err
	}
	return syncData(k.file)
}

func (k *logKeeper) close() error { return k.file.Close() }
