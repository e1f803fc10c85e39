package knowledge

import (
	"cmp"
	"math"
	"slices"
	"unicode"
)

// Doc is something that can be found: a key the caller understands and its tokens
// as Tokens made them, each once.
type Doc struct {
	Key    string
	Tokens []string
}

// Match is a document that resembles the query. Score runs from 0, nothing in
// common, to 1, the same tokens. Shared are the tokens both have, the weightiest
// first: they are the explanation.
type Match struct {
	Key    string
	Score  float64
	Shared []string
}

// Similar returns the documents whose score is at least minScore, best first, equal
// ones by key, at most limit. Documents that share nothing are never returned,
// whatever minScore says.
//
// The score is the cosine of the two bags, a token weighing what it tells: its
// rarity among the documents (the idf of BM25) times a factor for what it is, since
// numbers, function words and pairs of hiragana (した, です) tell little. It takes
// one pass over all tokens of docs.
func Similar(query string, docs []Doc, minScore float64, limit int) []Match {
	if limit <= 0 {
		return nil
	}
	tokens := Tokens(query)
	wanted := make(map[string]bool, len(tokens))
	for _, token := range tokens {
		wanted[token] = true
	}
	weigh := weights(docs)
	length := norm2(tokens, weigh)
	var matches []Match
	for _, doc := range docs {
		var shared []string
		dot := 0.0
		for _, token := range doc.Tokens {
			if wanted[token] {
				w := weigh(token)
				shared = append(shared, token)
				dot += w * w
			}
		}
		if len(shared) == 0 {
			continue
		}
		score := min(dot/math.Sqrt(length*norm2(doc.Tokens, weigh)), 1)
		if score < minScore {
			continue
		}
		slices.SortFunc(shared, func(a, b string) int {
			return cmp.Or(cmp.Compare(weigh(b), weigh(a)), cmp.Compare(a, b))
		})
		matches = append(matches, Match{Key: doc.Key, Score: score, Shared: shared})
	}
	slices.SortStableFunc(matches, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Key, b.Key))
	})
	return matches[:min(limit, len(matches))]
}

// weights returns the weight of a token among these documents. It is never zero,
// so that every bag has a length.
func weights(docs []Doc) func(string) float64 {
	in := map[string]int{}
	for _, doc := range docs {
		for _, token := range doc.Tokens {
			in[token]++
		}
	}
	n := float64(len(docs))
	return func(token string) float64 {
		df := min(float64(in[token]), n)
		return math.Log(1+(n-df+0.5)/(df+0.5)) * telling(token)
	}
}

// norm2 is the squared length of a bag. It sums in the order of the tokens: floats
// added in another order could differ in the last bit, and the order of equals.
func norm2(tokens []string, weigh func(string) float64) float64 {
	sum := 0.0
	for _, token := range tokens {
		w := weigh(token)
		sum += w * w
	}
	return sum
}

// telling is how much a token says by what it is.
func telling(token string) float64 {
	digits, hiragana := true, true
	for _, r := range token {
		digits = digits && unicode.IsDigit(r)
		hiragana = hiragana && unicode.Is(unicode.Hiragana, r)
	}
	switch {
	case digits:
		return 0.2
	case hiragana:
		return 0.3
	}
	switch token {
	case "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "has", "have", "in", "is", "it", "of", "on", "or", "that", "the", "this", "to", "was", "we", "with":
		return 0.2
	}
	return 1
}
