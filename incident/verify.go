package incident

import (
	"bytes"
	"fmt"
)

// Broken is the first entry at which a chain does not hold, and why. Code is for machines and stays what it is; package lang
// words it (text broken.<code>) with Args in the reader's language.
type Broken struct {
	Number Number // 0 is the register
	Seq    int64  // 0 where the incident as a whole is what is wrong
	Code   string
	Args   map[string]any
}

// Error tells where, and the code of why.
func (b *Broken) Error() string {
	where := b.Number.String()
	if b.Number == 0 {
		where = "register"
	}
	if b.Seq > 0 {
		where += fmt.Sprintf(" entry %d", b.Seq)
	}
	return fmt.Sprintf("%s: %s %v", where, b.Code, b.Args)
}

// Break makes a Broken; kv are name, value pairs for its text.
func Break(n Number, seq int64, code string, kv ...any) *Broken {
	return &Broken{Number: n, Seq: seq, Code: code, Args: named(kv)}
}

// saltSize is the length of every salt. A salt of another length would let bytes wander between salt and text while their
// digest stays.
const saltSize = 16

// Verify checks that events are dense from 1 and chained; nil when they are. A text may be erased, but only where a later
// entry of the same chain says so and vouches for what was left of it.
func Verify(n Number, events []Event) *Broken {
	var prev []byte
	left, torn := remains(events)
	for k, e := range events {
		broken := func(code string) *Broken { return Break(n, e.Seq, code) }
		want, erased := left[e.Seq]
		switch {
		case e.Seq != int64(k)+1:
			return Break(n, int64(k)+1, "entry_missing", "Next", e.Seq)
		case len(e.Salt) == 0 && len(e.Digest) > 0 && !erased && e.Seq >= torn:
			return broken("text_gone")
		case len(e.Salt) == 0 && erased && !bytes.Equal(want, Digest(nil, e.Body)):
			return broken("rest_changed")
		case len(e.Salt) > 0 && erased:
			return broken("text_back")
		case len(e.Salt) > 0 && (len(e.Salt) != saltSize || !bytes.Equal(e.Digest, Digest(e.Salt, e.Body))):
			return broken("text_changed")
		case !bytes.Equal(e.Hash, Chained(e, prev)):
			return broken("hash")
		}
		prev = e.Hash
	}
	return nil
}

// remains is what the entries say of the texts that were erased, by seq. An entry that was tampered with says nothing; torn
// is the last such one: of texts before it nobody can tell whether it spoke of them, and it is the one to be named.
func remains(events []Event) (left map[int64][]byte, torn int64) {
	for _, e := range events {
		f, ok := e.Fact.(*TextErased)
		if !ok {
			continue
		}
		if !bytes.Equal(e.Digest, Digest(e.Salt, e.Body)) {
			torn = e.Seq
			continue
		}
		for _, r := range f.Entries {
			if r.Seq >= e.Seq {
				continue
			}
			if left == nil {
				left = map[int64][]byte{}
			}
			left[r.Seq] = r.Digest
		}
	}
	return left, torn
}

// ErasedIn counts the entries whose text was erased.
func ErasedIn(events []Event) (n int) {
	for _, e := range events {
		if len(e.Salt) == 0 {
			n++
		}
	}
	return n
}
