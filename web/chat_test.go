package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"matoi/bot/console"
	"matoi/incident"
)

// fill says n messages in a channel and gives their ids.
func (v *visitor) fill(channel string, n int) []int64 {
	v.s.t.Helper()
	var ids []int64
	for k := range n {
		m, err := v.s.store.AddMessage(v.s.t.Context(), console.Message{Channel: channel, Author: v.id, Text: fmt.Sprintf("n%03d.", k), At: v.s.now()})
		if err != nil {
			v.s.t.Fatal(err)
		}
		ids = append(ids, m.ID)
	}
	return ids
}

func TestLinkShowsAMessageAmongThoseAroundItHoweverFarBack(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	ids := v.fill("general", 200)
	body := v.wants("/chat/general?at="+strconv.FormatInt(ids[40], 10), http.StatusOK, "n040.", "n011.", "n069.")
	if strings.Contains(body, "n199.") {
		t.Error("the newest stands there too: the stretch has a hole")
	}
	shown, path := map[string]int{}, ""
	for {
		for _, m := range regexp.MustCompile(`<p>(n\d{3}\.)</p>`).FindAllStringSubmatch(body, -1) {
			shown[m[1]]++
		}
		next := regexp.MustCompile(`data-part="(/part/newer[^"]*)"`).FindStringSubmatch(body)
		if next == nil {
			break
		}
		path = strings.ReplaceAll(next[1], "&amp;", "&")
		_, body = v.get(path)
	}
	for k := 11; k < 200; k++ {
		if text := fmt.Sprintf("n%03d.", k); shown[text] != 1 {
			t.Errorf("%s was shown %d times on the way to the end", text, shown[text])
		}
	}
}

func TestLinkToAReplyOpensItsThread(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	first := v.fill("general", 1)[0]
	v.fill("general", 100)
	var reply console.Message
	var err error
	for k := range 130 {
		at := s.now()
		if reply, err = s.store.AddMessage(t.Context(), console.Message{Channel: "general", Thread: first, Author: v.id, Text: fmt.Sprintf("r%03d.", k), At: at}); err != nil {
			t.Fatal(err)
		}
		if k == 3 {
			defer func(id int64) {
				v.wants("/chat/general?at="+strconv.FormatInt(id, 10), http.StatusOK, "r003.", "r129.", `data-at="`+strconv.FormatInt(id, 10)+`"`, "n000.")
			}(reply.ID)
		}
	}
	resp, body := v.get("/part/window?channel=general&at=" + strconv.FormatInt(reply.ID, 10))
	if resp.Header.Get("Matoi-Thread") == "" || !strings.Contains(body, "n000.") || strings.Contains(body, "r129.") {
		t.Errorf("the stretch around a reply: thread %q, %s", resp.Header.Get("Matoi-Thread"), tags.ReplaceAllString(body, " "))
	}
	body = v.wants("/part/thread?message="+strconv.FormatInt(first, 10), http.StatusOK, "r129.", "r030.")
	older := regexp.MustCompile(`data-part="(/part/older[^"]*)"`).FindStringSubmatch(body)
	if older == nil || strings.Contains(body, "r029.") {
		t.Fatalf("a long thread has no way to its beginning: %v", older)
	}
	v.wants(strings.ReplaceAll(older[1], "&amp;", "&"), http.StatusOK, "r029.", "r000.")
}

// Whoever came in is told what was said to them since, also in a channel that was empty and that they never opened.
func TestWhatIsSaidCountsFromComingInOn(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	ann.say("general", "before")
	if resp, _ := bob.post("/do/who", "person", string(bob.id)); resp.StatusCode != http.StatusNoContent && resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("come in: %d", resp.StatusCode)
	}
	ann.say("general", "hello @Bob")
	if count, mentions, _ := bob.unread("general"); count != 1 || mentions != 1 {
		t.Errorf("%d unread, %d mentions, want 1 and 1", count, mentions)
	}
}

// unread asks as the page's script does.
func (v *visitor) unread(channel string) (count, mentions int, first int64) {
	v.s.t.Helper()
	_, body := v.get("/part/unread")
	var got struct {
		Channels []struct {
			Channel         string
			Count, Mentions int
			First           int64
		}
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		v.s.t.Fatalf("%v in %s", err, body)
	}
	for _, c := range got.Channels {
		if c.Channel == channel {
			return c.Count, c.Mentions, c.First
		}
	}
	return 0, 0, 0
}

func TestMarksOfReadingAreKeptByTheServer(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	bob.say("general", "I am here")
	bob.post("/do/read", "channel", "general", "upto", "1000")
	ann.say("general", "one")
	ann.say("general", "two @Bob")
	count, mentions, first := bob.unread("general")
	if count != 2 || mentions != 1 {
		t.Errorf("%d unread, %d mentions, want 2 and 1", count, mentions)
	}
	if body := bob.wants("/chat/general", http.StatusOK); strings.Index(body, `id="new-line"`) > strings.Index(body, ">one<") || !strings.Contains(body, `id="new-line"`) {
		t.Error("the line does not stand above the first that is new")
	}
	if body := ann.wants("/chat/general", http.StatusOK); strings.Contains(body, `id="new-line"`) {
		t.Error("one's own words are new to oneself")
	}
	bob.post("/do/read", "channel", "general", "upto", strconv.FormatInt(first+1, 10))
	if count, mentions, _ := bob.unread("general"); count+mentions != 0 {
		t.Errorf("after reading: %d unread, %d mentions", count, mentions)
	}
	if resp, body := bob.post("/do/keep", "message", strconv.FormatInt(first, 10)); resp.StatusCode != http.StatusNoContent {
		t.Fatalf("keep: %d %s", resp.StatusCode, body)
	}
	if count, _, again := bob.unread("general"); count != 2 || again != first {
		t.Errorf("left for later: %d unread from %d on, want 2 from %d", count, again, first)
	}
}

func TestConversationIsForItsPeopleAlone(t *testing.T) {
	s := newSite(t, nil)
	ann, bob, eve := s.as("Ann"), s.as("Bob"), s.as("Eve")
	resp, _ := ann.post("/do/direct", "person", string(bob.id))
	to := resp.Header.Get("HX-Redirect")
	if to == "" {
		t.Fatalf("direct: %d", resp.StatusCode)
	}
	channel, err := url.PathUnescape(strings.TrimPrefix(to, "/chat/"))
	if err != nil {
		t.Fatal(err)
	}
	ann.say(channel, "between us: 極秘の合言葉")
	bob.wants(to, http.StatusOK, "極秘の合言葉", "<title>Ann")
	ann.wants(to, http.StatusOK, "<title>Bob")
	if again, _ := bob.post("/do/direct", "person", string(ann.id)); again.Header.Get("HX-Redirect") != to {
		t.Errorf("Bob to Ann is %s, Ann to Bob %s", again.Header.Get("HX-Redirect"), to)
	}
	if count, _, _ := bob.unread(channel); count != 1 {
		t.Errorf("Bob has %d unread, want 1", count)
	}
	for _, path := range []string{to, "/part/window?channel=" + url.QueryEscape(channel), "/part/newer?after=0&channel=" + url.QueryEscape(channel)} {
		if resp, body := eve.get(path); resp.StatusCode != http.StatusNotFound || strings.Contains(body, "極秘") {
			t.Errorf("%s: Eve got %d", path, resp.StatusCode)
		}
	}
	for _, path := range []string{"/chat", "/chat/search?q=" + url.QueryEscape("合言葉"), "/part/jump?text=ann"} {
		if body := eve.wants(path, http.StatusOK); strings.Contains(body, "極秘") || strings.Contains(body, channel) {
			t.Errorf("%s tells Eve of it", path)
		}
	}
	if resp, _ := eve.post("/do/read", "channel", channel, "upto", "1"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("read: got %d, want 404", resp.StatusCode)
	}
}

func TestSearchFindsInBothLanguagesAndLeadsThere(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	v.say("general", "決済サーバの接続数が上限に達している")
	v.say("general", strings.Repeat("blah ", 100)+"the Connection Pool is exhausted "+strings.Repeat("blah ", 100))
	s.as("Bob").say("incidents", "接続数は戻りました <b>bold</b>")
	for _, x := range []struct{ text, want, not string }{
		{"接続数", "決済サーバの<mark>接続数</mark>", ""},
		{"connection pool", "the <mark>Connection</mark> <mark>Pool</mark>", strings.Repeat("blah ", 60)},
		{"ﾎﾟｰﾙ zzz", "Nothing found", ""},
		{"接続数 from:@Bob", "&lt;b&gt;bold", "決済サーバ"},
		{"接続数 in:#general", "決済サーバ", "bold"},
	} {
		body := v.wants("/chat/search?q="+url.QueryEscape(x.text), http.StatusOK, x.want)
		if x.not != "" && strings.Contains(body, x.not) {
			t.Errorf("%s: %q is there too", x.text, x.not)
		}
	}
	body := v.wants("/chat/search?q=exhausted&from=general&here=1", http.StatusOK, "Only in #general", "checked")
	link := regexp.MustCompile(`href="(/chat/general\?at=\d+)#m\d+"`).FindStringSubmatch(body)
	if link == nil {
		t.Fatal("the result leads nowhere")
	}
	v.wants(link[1], http.StatusOK, "Connection Pool")
	v.wants("/chat/search", http.StatusOK, "from:@")
}

func TestPersonCardSaysWhatTheyHold(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	n := s.open(incident.Open{Title: "checkout is down", Priority: incident.P1}, ann.id)
	hidden := s.open(incident.Open{Title: "secret leak", Priority: incident.P1, Private: true}, ann.id)
	for k, number := range []incident.Number{n, hidden} {
		if _, err := s.desk.Do(t.Context(), number, incident.TakeRole{Role: incident.Manager, Person: ann.id}, incident.By{Person: ann.id}, incident.Cause{ID: "take" + strconv.Itoa(k)}); err != nil {
			t.Fatal(err)
		}
	}
	body := bob.wants("/part/person?id="+string(ann.id), http.StatusOK, "Ann", "checkout is down", "incident manager", "/do/direct")
	if strings.Contains(body, "secret leak") {
		t.Error("the card tells of a private incident")
	}
	if body := ann.wants("/part/person?id="+string(ann.id), http.StatusOK, "secret leak"); strings.Contains(body, "/do/direct") {
		t.Error("one is offered to write to oneself")
	}
	bob.wants("/part/person?id=p999", http.StatusNotFound)
}

func TestRoomStaysForAWhileAfterItsIncident(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	n := s.open(incident.Open{Title: "soon over", Priority: incident.P3}, v.id)
	room := s.room(n)
	if _, body := v.post("/do/press", "number", n.String(), "command", "cancel not an incident"); strings.Contains(body, "notice bad") {
		t.Fatal(body)
	}
	body := v.wants("/chat", http.StatusOK, "Recently over", room)
	if at := strings.Index(body, `data-channel="`+room); at < strings.Index(body, "Recently over") {
		t.Error("it stands among those being worked")
	}
	v.wants("/part/jump?text=soon", http.StatusOK, "/incidents/"+n.String())
}

func TestSwitcherIsAskedInEitherScript(t *testing.T) {
	s := newSite(t, nil)
	v := s.as("Ann")
	s.as("佐藤 さくら")
	n := s.open(incident.Open{Title: "サーバが落ちた", Priority: incident.P1, Services: []string{"checkout-api"}}, v.id)
	room := s.room(n)
	for text, want := range map[string]string{
		"さーば": room, "ｃｈｅｃｋｏｕｔ": room, "#gene": "/chat/general", "@佐藤": "佐藤 さくら", n.String(): room, "": room, "zzzz": "Nothing found",
	} {
		v.wants("/part/jump?text="+url.QueryEscape(text), http.StatusOK, want)
	}
}

func TestTwoWhoPressTheSameButtonBothSeeWhatHappened(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	n := s.open(incident.Open{Title: "x", Priority: incident.P1}, ann.id)
	s.room(n)
	answers := make([]string, 2)
	var both sync.WaitGroup
	for k, v := range []*visitor{ann, bob} {
		both.Go(func() { _, answers[k] = v.post("/do/press", "number", n.String(), "command", "ack") })
	}
	both.Wait()
	for k, a := range answers {
		if strings.Contains(a, "notice bad") {
			t.Errorf("%d is told it failed: %s", k, tags.ReplaceAllString(a, " "))
		}
	}
	i, err := s.store.Load(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	if i.Manager() == "" && i.Acting == "" {
		t.Error("nobody acknowledged it")
	}
}

func TestOnlyMessagesOfOthersMakeNoHole(t *testing.T) {
	s := newSite(t, nil)
	ann, bob := s.as("Ann"), s.as("Bob")
	ann.fill("general", 10)
	for k := range 150 {
		if _, err := s.store.AddMessage(t.Context(), console.Message{Channel: "general", Only: bob.id, Text: "whisper" + strconv.Itoa(k), At: s.now().Add(time.Second)}); err != nil {
			t.Fatal(err)
		}
	}
	body := ann.wants("/chat/general", http.StatusOK, "n000.", "n009.")
	if strings.Contains(body, "whisper") {
		t.Error("Ann reads what is for Bob alone")
	}
}
