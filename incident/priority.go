package incident

import (
	"fmt"
	"strings"
)

// Priority runs from P1 (highest) to P5; 0 means not yet known.
type Priority int

// The five priorities of the shipped matrix.
const (
	P1 Priority = iota + 1
	P2
	P3
	P4
	P5
)

// String writes P1 … P5, and "" for the unknown one.
func (p Priority) String() string {
	if p < P1 || p > P5 {
		return ""
	}
	return fmt.Sprintf("P%d", int(p))
}

// ParsePriority reads p1 … p5, sev1 … sev5 or 1 … 5.
func ParsePriority(s string) (Priority, bool) {
	s = strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(s), "sev"), "p")
	if len(s) != 1 || s[0] < '1' || s[0] > '5' {
		return 0, false
	}
	return Priority(s[0] - '0'), true
}

// MarshalText writes P1 … P5.
func (p Priority) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText wrote; anything else is a *Refusal.
func (p *Priority) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*p = 0
		return nil
	}
	v, ok := ParsePriority(string(b))
	if !ok {
		return refuse("priority_unknown", "Given", string(b))
	}
	*p = v
	return nil
}

// Higher reports whether p is more pressing than q; unknown is below everything.
func (p Priority) Higher(q Priority) bool { return p != 0 && (q == 0 || p < q) }

// Compare orders the more pressing first, and the unknown one last: -1 where p is higher than q, 0 where they are the same, else 1.
func (p Priority) Compare(q Priority) int {
	switch {
	case p.Higher(q):
		return -1
	case q.Higher(p):
		return 1
	}
	return 0
}

// Unknown is the level of impact or urgency nobody has judged yet: it is asked for once the room stands.
const Unknown = "unknown"

// Level is one word of the matrix, with the texts people see and type for it.
type Level struct {
	ID string `json:"id" yaml:"id"`
	JA string `json:"ja" yaml:"ja"`
	EN string `json:"en" yaml:"en"`
}

// Matrix turns impact × urgency into a priority. Size, words and results are configurable; Result is indexed
// [impact][urgency] in the order of Impacts and Urgencies.
type Matrix struct {
	Impacts   []Level      `json:"impacts" yaml:"impacts"`
	Urgencies []Level      `json:"urgencies" yaml:"urgencies"`
	Result    [][]Priority `json:"result" yaml:"result"`
}

// Priority looks the pair up; provisional is true when either level is unknown, which then counts as the
// middle one of its scale. ok is false for words the matrix does not have.
func (m Matrix) Priority(impact, urgency string) (p Priority, provisional, ok bool) {
	i, iKnown, iOK := find(m.Impacts, impact)
	u, uKnown, uOK := find(m.Urgencies, urgency)
	if !iOK || !uOK {
		return 0, false, false
	}
	return m.Result[i][u], !iKnown || !uKnown, true
}

func find(levels []Level, id string) (at int, known, ok bool) {
	if id == "" || id == Unknown {
		return len(levels) / 2, false, true
	}
	for i, l := range levels {
		if strings.EqualFold(id, l.ID) || strings.EqualFold(id, l.EN) || id == l.JA {
			return i, true, true
		}
	}
	return 0, false, false
}

// Level returns the id of the level that word names in any language, "" if none.
func (m Matrix) Level(levels []Level, word string) string {
	if word == "" || strings.EqualFold(word, Unknown) || word == "不明" {
		return Unknown
	}
	if i, known, ok := find(levels, word); ok && known {
		return levels[i].ID
	}
	return ""
}

// FivePriorities is the shipped default: three levels by three, P1 to P5.
func FivePriorities() Matrix {
	return Matrix{
		Impacts: []Level{
			{"large", "大(全部門・全顧客)", "large (all departments, all customers)"},
			{"medium", "中(特定部門・一部顧客)", "medium (certain departments, some customers)"},
			{"small", "小(個人・単一顧客)", "small (single person or customer)"},
		},
		Urgencies: []Level{
			{"high", "高(基幹業務の停止)", "high (core business stopped)"},
			{"medium", "中(業務の一部に支障)", "medium (partly hindered)"},
			{"low", "低(代替手段あり)", "low (there is another way)"},
		},
		Result: [][]Priority{{P1, P2, P3}, {P2, P3, P4}, {P3, P4, P5}},
	}
}

// FourPriorities is the second shipped matrix: 最優先, 高, 中, 低 map to the targets of P1 to P4.
func FourPriorities() Matrix {
	return Matrix{
		Impacts: []Level{
			{"large", "大(基幹システム停止)", "large (core system down)"},
			{"medium", "中(一部機能)", "medium (some functions)"},
			{"small", "小(軽微な不具合)", "small (slight defect)"},
		},
		Urgencies: []Level{
			{"high", "高(即時対応)", "high (must be solved now)"},
			{"medium", "中(計画的に対応可)", "medium (can be planned)"},
			{"low", "低(余裕あり)", "low (time to spare)"},
		},
		Result: [][]Priority{{P1, P2, P3}, {P2, P3, P4}, {P3, P4, P4}},
	}
}
