package incident

import (
	"bytes"
	"fmt"
)

// Broken is the first entry at which a chain does not hold, and why.
type Broken struct {
	Number Number
	Seq    int64
	Why    string
}

// Error tells where and why; the number 0 is the register's.
func (b *Broken) Error() string {
	where := b.Number.String()
	if b.Number == 0 {
		where = "register"
	}
	return fmt.Sprintf("%s entry %d: %s", where, b.Seq, b.Why)
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
		broken := func(why string) *Broken { return &Broken{n, e.Seq, why} }
		want, erased := left[e.Seq]
		switch {
		case e.Seq != int64(k)+1:
			return &Broken{n, int64(k) + 1, fmt.Sprintf("missing: the next stored entry is %d", e.Seq)}
		case len(e.Salt) == 0 && len(e.Digest) > 0 && !erased && e.Seq >= torn:
			return broken("the text is gone, and no later entry says that it was erased")
		case len(e.Salt) == 0 && erased && !bytes.Equal(want, Digest(nil, e.Body)):
			return broken("what was left of the erased text was changed")
		case len(e.Salt) > 0 && erased:
			return broken("a text stands where a later entry says that it was erased")
		case len(e.Salt) > 0 && (len(e.Salt) != saltSize || !bytes.Equal(e.Digest, Digest(e.Salt, e.Body))):
			return broken("the text was changed: its digest does not match")
		case !bytes.Equal(e.Hash, Chained(e, prev)):
			return broken("the hash does not follow from the entry before")
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
