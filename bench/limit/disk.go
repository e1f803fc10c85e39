package limit

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Disk says how long one append with fdatasync takes in a folder: the median over the given time.
func Disk(folder string, during time.Duration) (median time.Duration, err error) {
	name := filepath.Join(folder, "disk")
	f, err := os.Create(name)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(name)) }()
	row := bytes.Repeat([]byte("x"), 400)
	var took []time.Duration
	for began := time.Now(); len(took) == 0 || time.Since(began) < during; {
		at := time.Now()
		if _, err := f.Write(row); err != nil {
			return 0, err
		}
		if err := syncData(f); err != nil {
			return 0, err
		}
		took = append(took, time.Since(at))
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}
