package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"matoi/bot"
	"matoi/incident"
)

// offers asks for completion as the composer does.
func (v *visitor) offers(path string, kv ...string) (items []bot.Completion, hint bot.Hint) {
	v.s.t.Helper()
	q := url.Values{}
	for i := 0; i+1 < len(kv); i += 2 {
		q.Set(kv[i], kv[i+1])
	}
	resp, body := v.get(path+"?"+q.Encode(), "Accept", "application/json")
	var a bot.Advice
	if err := json.Unmarshal([]byte(body), &a); resp.StatusCode != http.StatusOK || err != nil {
		v.s.t.Fatalf("%s: %d %s (%v)", path, resp.StatusCode, body, err)
	}
	if a.Hint != nil {
		hint = *a.Hint
	}
	return a.Items, hint
}

func words(items []bot.Completion) []string {
	var out []string
	for _, i := range items {
		out = append(out, i.Text)
	}
	return out
}

func TestMentionsOfferPeopleOfTheRoomFirst(t *testing.T) {
	s := newSite(t, nil)
	ann := s.as("Ann")
	s.as("鈴木 花子")
	s.as("鈴木 太郎")
	s.as("Sato Ken")
	if _, err := s.store.Meet(t.Context(), incident.Identity{Realm: "slack", ID: "U1"}, "田中", "kei.suzuki@example.com"); err != nil {
		t.Fatal(err)
	}
	taro := s.as("鈴木 太郎")
	taro.post("/do/join", "channel", "general", "deed", "j1")
	for typed, want := range map[string][]string{
		"鈴":    {"@鈴木 太郎", "@鈴木 花子"},
		"花":    {"@鈴木 花子"},
		"ＳＡＴＯ": {"@Sato Ken"},
		"ken":  {"@Sato Ken"},
		"kei":  {"@田中"},
		"zzz":  nil,
	} {
		items, _ := ann.offers("/part/mention", "sign", "@", "text", typed, "channel", "general")
		if got := words(items); !slices.Equal(got, want) {
			t.Errorf("@%s offers %q, want %q", typed, got, want)
		}
	}
	items, _ := ann.offers("/part/mention", "sign", "@", "text", "鈴", "channel", "general")
	if items[0].Group == items[1].Group {
		t.Errorf("the room's people are not told from others: %+v", items)
	}
}

func TestPrivateRoomsAreOfferedToThoseWhoMaySeeThem(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	secret := s.open(incident.Open{Title: "Salaries leaked", Priority: incident.P1, Private: true}, ann.id)
	open := s.open(incident.Open{Title: "Disk is full", Priority: incident.P1}, ann.id)
	s.room(open)
	room := s.room(secret)
	for _, typed := range []string{"", "sal", "INC-"} {
		items, _ := bob.offers("/part/mention", "sign", "#", "text", typed)
		if strings.Contains(strings.Join(words(items), " "), secret.String()) {
			t.Errorf("#%s shows Bob a private incident: %q", typed, words(items))
		}
	}
	if items, _ := ann.offers("/part/mention", "sign", "#", "text", "sal"); !slices.Equal(words(items), []string{secret.String()}) {
		t.Errorf("Ann is offered %q", words(items))
	}
	if items, _ := bob.offers("/part/mention", "sign", "#", "text", "gen"); !slices.Equal(words(items), []string{"#general"}) {
		t.Errorf("channels: %q", words(items))
	}
	if resp, _ := bob.get("/part/complete?text=x&channel="+url.QueryEscape(room), "Accept", "application/json"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a private room advises Bob: %d", resp.StatusCode)
	}
	items, hint := ann.offers("/part/complete", "text", "/incident ", "at", "10", "channel", room)
	if len(items) == 0 || items[0].Text != "ack" || hint.Missing != "" && hint.Problem != "" {
		t.Errorf("in the room of a new incident %q come first", words(items)[:3])
	}
}
