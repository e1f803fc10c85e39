package storage_test

import (
	"fmt"
	"testing"
	"time"

	"matoi/bot/console"
	"matoi/incident"
	"matoi/incident/knowledge"
	"matoi/storage"
)

// chatted is a store with so many messages in 40 channels of which p1 is a member, all unread.
func chatted(b *testing.B, messages int) *storage.Storage {
	b.Helper()
	s, err := storage.Open(b.Context(), storage.Options{Path: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	const channels = 40
	for k := range channels {
		id := fmt.Sprint("channel-", k)
		if _, err := s.SaveChannel(b.Context(), console.Channel{ID: id}); err != nil {
			b.Fatal(err)
		}
		if _, err := s.AddMember(b.Context(), id, "p1"); err != nil {
			b.Fatal(err)
		}
	}
	jobs := make(chan int)
	failed := make(chan error, 64)
	for range 64 {
		go func() {
			var err error
			for k := range jobs {
				text := fmt.Sprintf("確認しました。サーバー web%02d を再起動しています", k%97)
				if k%5000 == 0 {
					text += " 根本原因"
				}
				if _, e := s.AddMessage(b.Context(), console.Message{Channel: fmt.Sprint("channel-", k%channels), Author: "p2", Text: text, At: time.Unix(int64(k), 0)}); e != nil {
					err = e
				}
			}
			failed <- err
		}()
	}
	for k := range messages {
		jobs <- k
	}
	close(jobs)
	for range 64 {
		if err := <-failed; err != nil {
			b.Fatal(err)
		}
	}
	return s
}

func BenchmarkReadingTheChat(b *testing.B) {
	s := chatted(b, 50_000)
	v := incident.Viewer{Person: "p1"}
	b.Run("Unread", func(b *testing.B) {
		for b.Loop() {
			if list, err := s.Unread(b.Context(), v, "general", "incidents"); err != nil || len(list) != 40 {
				b.Fatal(len(list), err)
			}
		}
	})
	for _, x := range []struct {
		name, text string
		want       int
	}{{"SearchInEveryMessage", "確認しました", 20}, {"SearchOneRareWord", "サーバー 根本原因", 10}, {"SearchWhatNeverMeets", "web01 web02", 0}, {"SearchABeginning", "web0", 20}, {"SearchACharacter", "根", 10}, {"SearchACommonCharacter", "サ", 20}, {"SearchABeginningAndARareWord", "根本原因 w", 10}} {
		b.Run(x.name, func(b *testing.B) {
			for b.Loop() {
				if list, err := s.Search(b.Context(), console.Query{Viewer: v, Text: x.text, Limit: 20}); err != nil || len(list) != x.want {
					b.Fatal(len(list), err)
				}
			}
		})
	}
	for k := range 40 {
		if err := s.MoveMark(b.Context(), "p1", fmt.Sprint("channel-", k), 1<<40); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("UnreadWhenAllIsRead", func(b *testing.B) {
		for b.Loop() {
			if list, err := s.Unread(b.Context(), v, "general", "incidents"); err != nil || len(list) != 0 {
				b.Fatal(len(list), err)
			}
		}
	})
}

func BenchmarkBoardOfAThousand(b *testing.B) {
	s, err := storage.Open(b.Context(), storage.Options{Path: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	policy := incident.DefaultPolicy(time.UTC)
	desk := &incident.Desk{Store: s, Policy: func() incident.Policy { return policy }, Now: time.Now}
	by := incident.By{Person: "p1"}
	for k := range 1000 {
		r, err := desk.Do(b.Context(), 0, incident.Open{Title: fmt.Sprint("決済がタイムアウトする ", k), Priority: incident.Priority(k%4 + 1)}, by, incident.Cause{})
		if err != nil {
			b.Fatal(err)
		}
		for _, c := range []incident.Command{incident.TakeRole{Role: incident.TechLead, Person: "p1"}, incident.Note{Text: "再起動したが改善せず"}} {
			if _, err := desk.Do(b.Context(), r.Incident.Number, c, by, incident.Cause{}); err != nil {
				b.Fatal(err)
			}
		}
	}
	v := incident.Viewer{Person: "p1"}
	for name, f := range map[string]incident.Filter{
		"Open": {Viewer: v, Open: true, Limit: 1000}, "Mine": {Viewer: v, Open: true, Mine: "p1", Limit: 1000},
		"Vacant": {Viewer: v, Open: true, Vacant: incident.Scribe, Limit: 1000}, "Text": {Viewer: v, Open: true, Text: knowledge.Query("決済"), Limit: 1000},
		"Beginning": {Viewer: v, Open: true, Text: knowledge.Query("inc-202"), Limit: 1000}, "Character": {Viewer: v, Open: true, Text: knowledge.Query("済"), Limit: 1000},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if list, err := s.Find(b.Context(), f); err != nil || len(list) != 1000 {
					b.Fatal(len(list), err)
				}
			}
		})
	}
}
