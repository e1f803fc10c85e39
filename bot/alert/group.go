package alert

import (
	"net/netip"
	"strings"
	"time"
)

// kinWithin is how long after an incident's last alert those of other machines of its kind still join, where only digits tell the
// machines apart and no rule says anything. web-1 and web-2 that go down together are one trouble, hours apart they are two.
const kinWithin = 30 * time.Minute

// GroupKey tells which alerts belong to one incident: those of one source and service with the same alert name, else what its
// sender calls the check (Alert.Check), else the same title but for its digits, and machines but for theirs.
func GroupKey(a Alert) string {
	name := a.Labels["alertname"]
	switch {
	case name != "":
	case a.Check != "":
		name = kin(fold(a.Host)) + "/" + fold(a.Check)
	default:
		title, host := fold(a.Title), fold(a.Host)
		if class := kin(host); class != "" {
			title = strings.ReplaceAll(title, host, class)
		}
		name = strings.Join(strings.Fields(strings.Map(undigit, title)), " ")
		if ip, ok := network(host); ok {
			name += "/" + ip
		}
	}
	return bound(escaped(a.Source) + "|" + escaped(name) + "|" + escaped(a.Service))
}

// loose reports whether a grouping key puts machines together that only digits tell apart.
func loose(a Alert) bool {
	return a.Labels["alertname"] == "" && kin(fold(a.Host)) != fold(a.Host)
}

// kin is what machines of one kind have in common: their name without digits, or their network where an address is all there is.
func kin(host string) string {
	if ip, ok := network(host); ok {
		return ip
	}
	return strings.Map(undigit, host)
}

// network gives the network of an address: 24 bits of it, or 64 of a long one.
func network(host string) (string, bool) {
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return "", false
	}
	bits := 24
	if ip = ip.Unmap(); ip.Is6() {
		bits = 64
	}
	net, err := ip.WithZone("").Prefix(bits)
	return net.String(), err == nil
}

// undigit drops digits, which tell one value or one machine from the next.
func undigit(r rune) rune {
	if r >= '0' && r <= '9' {
		return -1
	}
	return r
}
