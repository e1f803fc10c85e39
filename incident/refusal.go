package incident

import (
	"errors"
	"fmt"
)

// Refusal is an answer to a person: what was asked cannot be done, and why. Code is worded by package lang
// (text refusal.<code>) in the reader's language with Args; it is never logged as an error.
type Refusal struct {
	Code string
	Args map[string]any
}

// Error gives the code; people never see it.
func (r *Refusal) Error() string { return fmt.Sprintf("refused: %s %v", r.Code, r.Args) }

func refuse(code string, kv ...any) *Refusal { return &Refusal{Code: code, Args: named(kv)} }

// named makes what a text names of name, value pairs.
func named(kv []any) map[string]any {
	args := map[string]any{}
	for i := 0; i+1 < len(kv); i += 2 {
		args[kv[i].(string)] = kv[i+1]
	}
	return args
}

// Refuse makes a refusal; kv are name, value pairs for its text.
func Refuse(code string, kv ...any) *Refusal { return refuse(code, kv...) }

// ErrNotFound is returned where an incident, person or message does not exist, or may not be seen by who asks:
// the two must look alike.
var ErrNotFound = errors.New("not found")

// ErrConflict is returned by a Store when another change won a race; the Desk tries again.
var ErrConflict = errors.New("conflict")

// ErrUnavailable is returned where the store itself can do nothing now, whatever is asked of it: the disk is full, the
// database is away. Nothing was changed; the same may be asked again later.
var ErrUnavailable = errors.New("the database cannot be used now")
