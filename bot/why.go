package bot

import (
	"errors"
	"slices"
	"strings"

	"matoi/incident"
	"matoi/lang"
)

// Why is the kind of reason for which something does not reach a chat. The list is closed, so that people read a sentence with
// the cure; what the chat itself said stands behind it in the record and in the log.
type Why string

// The reasons. WhyArchived, WhyDeleted and WhyRemoved are of a room: people put it away, deleted it, or took the bot out of it.
const (
	WhyArchived Why = "archived"
	WhyDeleted  Why = "deleted"
	WhyRemoved  Why = "removed"
	WhyScope    Why = "scope"    // the app may not do it
	WhyToken    Why = "token"    // the app's token is not taken any more
	WhyStranger Why = "stranger" // the chat does not know the person
	WhyTooLong  Why = "long"
	WhySilent   Why = "silent" // no answer, or that it is broken
	WhyOther    Why = "other"
)

func whys() []Why {
	return []Why{WhyArchived, WhyDeleted, WhyRemoved, WhyScope, WhyToken, WhyStranger, WhyTooLong, WhySilent, WhyOther}
}

// ofRoom reports whether it is the room that is lost, whatever was to be told there.
func (w Why) ofRoom() bool { return w == WhyArchived || w == WhyDeleted || w == WhyRemoved }

// because is an error whose reason an adapter knows.
type because struct {
	error
	why Why
}

func (b *because) Unwrap() error { return b.error }

// Because gives an adapter's error its reason.
func Because(err error, why Why) error {
	if err == nil {
		return nil
	}
	return &because{err, why}
}

// WhyOf is the reason of an error of a Chat.
func WhyOf(err error) Why {
	_, permanent := errors.AsType[*Permanent](err)
	_, early := errors.AsType[unsent](err)
	switch b, known := errors.AsType[*because](err); {
	case known:
		return b.why
	case errors.Is(err, ErrStranger):
		return WhyStranger
	case permanent || early:
		return WhyOther
	}
	return WhySilent
}

// whyIn is what the record keeps of an error: the reason, and behind it the room that is lost, or what the chat said. With no
// room it is some other channel that is lost, an announcement's say.
func whyIn(err error, i *incident.Incident, e incident.Effect) string {
	why, room := WhyOf(err), roomOf(i, e)
	switch {
	case why == WhyDeleted && removed(i, e.Realm, room):
		return lostRoom(WhyRemoved, room)
	case why.ofRoom() && room != "":
		return lostRoom(why, room)
	case why.ofRoom():
		why = WhyOther
	}
	return cutRunes(string(why)+": "+reason(err), reasonSize)
}

// lostRoom is what the record keeps of a room that is lost; lostOnce is its cause: the chat tells of it, and so does what finds it
// lost.
func lostRoom(why Why, room string) string { return string(why) + ": " + room }

func lostOnce(why Why, room incident.Room) incident.Cause {
	return incident.Cause{ID: "lost:" + room.Realm + ":" + lostRoom(why, room.ID), Machine: true}
}

// removed reports whether people took the bot out of a room: a private one then looks to it as if it were deleted.
func removed(i *incident.Incident, realm, room string) bool {
	end := " " + realm + ": " + lostRoom(WhyRemoved, room)
	return slices.ContainsFunc(i.Doubts, func(d string) bool { return strings.HasSuffix(d, end) })
}

// roomOf is the room of its own into which an effect goes, "" where it goes elsewhere.
func roomOf(i *incident.Incident, e incident.Effect) string {
	room, _ := i.Room(e.Realm)
	switch e.Kind {
	case incident.ShowCard, incident.Post, incident.SetTopic, incident.Invite, incident.Furnish, incident.Expel, incident.HandIn, incident.Archive, incident.Wake:
		if room.Thread == "" {
			return room.ID
		}
	}
	return ""
}

// readWhy reads it. What older versions kept has no reason in front.
func readWhy(kept string) (why Why, detail string) {
	word, rest, _ := strings.Cut(kept, ":")
	if !slices.Contains(whys(), Why(word)) {
		return WhyOther, kept
	}
	return Why(word), strings.TrimSpace(rest)
}

// failed words that something does not get through, with the cure. It is no markup; the detail is the chat's own.
func failed(effect, realm, kept string, l lang.Lang) string {
	why, detail := readWhy(kept)
	return lang.Text(l, "fact.failed_"+string(why), lang.Args{
		"Effect": words(l, "bot.effect_", effect), "Chat": ChatName(realm, l), "Detail": detail,
	})
}

// doubt words the newest of what did not get through. What was lost with a room that there is no more is none.
func (v View) doubt(i *incident.Incident) string {
	for _, d := range slices.Backward(i.Doubts) {
		effect, rest, _ := strings.Cut(d, " ")
		realm, kept, _ := strings.Cut(rest, ": ")
		why, lost := readWhy(kept)
		if room, ok := i.Room(realm); ok && why.ofRoom() && lost != "" && room.ID != lost {
			continue
		}
		return failed(effect, realm, kept, v.Lang)
	}
	return ""
}
