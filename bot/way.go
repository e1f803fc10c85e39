package bot

import (
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"matoi/incident"
	"matoi/lang"
)

// Way is one way to reach a person. Realm is that of a Pager; Address is empty where the person's own is meant: the chats that
// know them, or the e-mail address of the directory.
type Way struct {
	Realm   string
	Address string
}

// MostWays is how many ways one person may have: whoever needs more is not to be reached by more of them.
const MostWays = 10

// Word is what people call a way: chat, mail, or the gateway's name.
func (w Way) Word() string { return strings.TrimPrefix(w.Realm, GatewayRealm) }

// Masked is the way for other people's eyes: that there is a number, not which.
func (w Way) Masked() Way {
	if w.Address == "" {
		return w
	}
	if box, host, ok := strings.Cut(w.Address, "@"); ok && w.Realm == MailRealm {
		w.Address = cutTo(box, 1) + "…@" + host
		return w
	}
	r := []rune(w.Address)
	w.Address = "…" + string(r[max(len(r)-2, 0):])
	return w
}

func cutTo(s string, n int) string {
	r := []rune(s)
	return string(r[:min(n, len(r))])
}

// RealmOf is the realm of a way by its word, which is a gateway's name where it is neither chat nor mail.
func RealmOf(word string) string {
	if word == ChatRealm || word == MailRealm {
		return word
	}
	return GatewayRealm + word
}

// Numbers of telephones as the whole world writes them (ITU-T E.164): a plus and at most fifteen digits.
var (
	telephone = regexp.MustCompile(`^\+[1-9][0-9]{5,14}$`)
	likeOne   = regexp.MustCompile(`^[+0-9 ().\-]+$`)
	handle    = regexp.MustCompile(`^[\p{L}\p{N}_@][\p{L}\p{N}._@:+\-]*$`) // of mostHandle characters: counted apart, for a bound is compiled into as many copies
)

const mostHandle = 100

// ReadWay reads an address for a realm. A number is kept as digits behind a plus; a gateway may also take names of its own.
// The Refusal says what is wrong with it.
func ReadWay(realm, typed string) (Way, *incident.Refusal) {
	w := Way{Realm: realm, Address: strings.TrimSpace(lang.Fold(lang.Clean(typed)))}
	switch {
	case realm == ChatRealm:
		w.Address = ""
	case realm == MailRealm && w.Address == "":
	case realm == MailRealm:
		a, err := mail.ParseAddress(w.Address)
		if err != nil || a.Name != "" || len(a.Address) > 254 || strings.ContainsFunc(a.Address, unicode.IsControl) {
			return Way{}, incident.Refuse("way_mail", "Word", cutRunes(w.Address, 100))
		}
		w.Address = a.Address
	case w.Address == "":
		return Way{}, incident.Refuse("way_address", "Word", w.Word())
	case likeOne.MatchString(w.Address):
		w.Address = strings.Map(func(r rune) rune {
			if strings.ContainsRune(" ().-", r) {
				return -1
			}
			return r
		}, w.Address)
		if !telephone.MatchString(w.Address) {
			return Way{}, incident.Refuse("way_number", "Word", cutRunes(typed, 40))
		}
	case !handle.MatchString(w.Address) || utf8.RuneCountInString(w.Address) > mostHandle:
		return Way{}, incident.Refuse("way_number", "Word", cutRunes(typed, 40))
	}
	return w, nil
}

// without gives the ways less the n-th, from 1.
func without(ways []Way, n int) []Way {
	return slices.Delete(slices.Clone(ways), n-1, n)
}

// firstly gives the ways with the n-th, from 1, in front.
func firstly(ways []Way, n int) []Way {
	return append([]Way{ways[n-1]}, without(ways, n)...)
}
