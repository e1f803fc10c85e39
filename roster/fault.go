package roster

import (
	"errors"

	"matoi/incident/oncall"
)

// Fault is what went wrong with a source: a code that people read in their own language, and what belongs into the words. Its error is
// the same in English, for the log.
type Fault struct {
	Code   string // there is a text roster.<code>
	Detail string // a number, or what the server says; never a secret
	Err    error
}

// Fail makes a Fault of words in English.
func Fail(code, detail, text string) *Fault { return &Fault{code, detail, errors.New(text)} }

// Error is that in English.
func (f *Fault) Error() string { return f.Err.Error() }

// Unwrap gives the error in English.
func (f *Fault) Unwrap() error { return f.Err }

// Trouble is how a copy keeps an error.
func Trouble(err error) oncall.Trouble {
	if f, ok := errors.AsType[*Fault](err); ok {
		return oncall.NewTrouble(f.Code, f.Detail)
	}
	return oncall.Trouble(err.Error())
}
