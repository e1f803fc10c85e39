package incident

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
)

// Fingerprint is a short hash of everything a deadline can depend on, to be the Version. The same policy has the same one
// on every machine and after every start, whatever its Version was.
func (p Policy) Fingerprint() string {
	zone := p.Zone.String()
	p.Version, p.Zone = "", nil
	p.OnCall, p.Managers = append([]PersonID{}, p.OnCall...), append([]PersonID{}, p.Managers...) // nobody is written in one way
	p.Targets = maps.Clone(p.Targets)
	for of, t := range p.Targets {
		t.Policy = ""
		p.Targets[of] = t
	}
	text, err := json.Marshal(struct {
		Zone     string
		Policy   Policy
		Rotation []PersonID `json:",omitempty"`
	}{zone, p, slices.Sorted(slices.Values(p.rotation()))}) // in one order: that of shifts from elsewhere changes by the day
	if err != nil { // can't happen: plain values only
		return "unhashed"
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}
