package storage

import (
	"fmt"
	"maps"
	"slices"
)

// Fault is what is wrong with a file or place that was given. Code is for machines and stays what it is; package lang words
// it (text fault.<code>) with Args in the reader's language.
type Fault struct {
	Code string
	Args map[string]any
	of   error
}

// Error gives what it is, the code and what it speaks of.
func (f *Fault) Error() string {
	said := fmt.Sprintf("%v: %s", f.of, f.Code)
	for _, name := range slices.Sorted(maps.Keys(f.Args)) {
		said += fmt.Sprintf(" %v", f.Args[name])
	}
	return said
}

// Unwrap gives the error that it is one of: ErrHeads, ErrNoBackup, ErrNone or ErrKey.
func (f *Fault) Unwrap() error { return f.of }

// fault makes a Fault; kv are name, value pairs for its text.
func fault(of error, code string, kv ...any) *Fault {
	f := &Fault{Code: code, Args: map[string]any{}, of: of}
	for k := 0; k+1 < len(kv); k += 2 {
		f.Args[kv[k].(string)] = kv[k+1]
	}
	return f
}
