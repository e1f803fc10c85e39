package lang

import (
	"testing"
	"time"
)

func TestParseFutureReadsDeadlines(t *testing.T) {
	t.Parallel()
	zone := tokyo(t)
	for _, c := range []struct{ text, want, rest, now string }{
		{"30m", "2026-11-21 15:10:00", "", ""},
		{"30m 続報します", "2026-11-21 15:10:00", "続報します", ""},
		{"in 30 minutes", "2026-11-21 15:10:00", "", ""},
		{"In 30 minutes we know more", "2026-11-21 15:10:00", "we know more", ""},
		{"within 2 hours", "2026-11-21 16:40:00", "", ""},
		{"30 minutes from now", "2026-11-21 15:10:00", "", ""},
		{"1h30m", "2026-11-21 16:10:00", "", ""},
		{"1h30", "2026-11-21 16:10:00", "", ""},
		{"30分後", "2026-11-21 15:10:00", "", ""},
		{"３０分後に続報", "2026-11-21 15:10:00", "続報", ""},
		{"30分", "2026-11-21 15:10:00", "", ""},
		{"30分以内に", "2026-11-21 15:10:00", "", ""},
		{"あと30分くらいで復旧", "2026-11-21 15:10:00", "復旧", ""},
		{"1時間後", "2026-11-21 15:40:00", "", ""},
		{"1時間半後", "2026-11-21 16:10:00", "", ""},
		{"2時間30分後", "2026-11-21 17:10:00", "", ""},
		{"3日", "2026-11-24 14:40:00", "", ""},
		{"2 days", "2026-11-23 14:40:00", "", ""},
		{"15:30", "2026-11-21 15:30:00", "", ""},
		{"15:30までに続報", "2026-11-21 15:30:00", "続報", ""},
		{"by 3pm", "2026-11-21 15:00:00", "", ""},
		{"at 15:30 update", "2026-11-21 15:30:00", "update", ""},
		{"15時半", "2026-11-21 15:30:00", "", ""},
		{"夕方5時まで", "2026-11-21 17:00:00", "", ""},
		{"15:30頃", "2026-11-21 15:30:00", "", ""},
		{"14:40", "2026-11-22 14:40:00", "", ""},
		{"9:00", "2026-11-22 09:00:00", "", ""},
		{"0:10", "2026-11-22 00:10:00", "", "2026-11-21 23:50:00"},
		{"25:30", "2026-11-22 01:30:00", "", ""},
		{"25:30", "2026-11-21 01:30:00", "", "2026-11-21 00:30:00"},
		{"深夜1時", "2026-11-22 01:00:00", "", ""},
		{"今夜8時", "2026-11-21 20:00:00", "", ""},
		{"今夜1時", "2026-11-22 01:00:00", "", ""},
		{"tonight 20:00", "2026-11-21 20:00:00", "", ""},
		{"今日 18:00", "2026-11-21 18:00:00", "", ""},
		{"今日 9:00", "2026-11-21 09:00:00", "", ""},
		{"明日 9:00", "2026-11-22 09:00:00", "", ""},
		{"明日の午後3時", "2026-11-22 15:00:00", "", ""},
		{"明朝9時", "2026-11-22 09:00:00", "", ""},
		{"あさって 9:00", "2026-11-23 09:00:00", "", ""},
		{"tomorrow 9:00", "2026-11-22 09:00:00", "", ""},
		{"tomorrow at 9am we retry", "2026-11-22 09:00:00", "we retry", ""},
		{"9:00 tomorrow", "2026-11-22 09:00:00", "", ""},
		{"11/22 9:00", "2026-11-22 09:00:00", "", ""},
		{"11/22(日) 9:00", "2026-11-22 09:00:00", "", ""},
		{"1/5 9:00", "2027-01-05 09:00:00", "", ""},
		{"11/20 9:00", "2026-11-20 09:00:00", "", ""},
		{"25日17時", "2026-11-25 17:00:00", "", ""},
		{"5日 17:00", "2026-12-05 17:00:00", "", ""},
		{"月曜 9:00", "2026-11-23 09:00:00", "", ""},
		{"next Monday 9:00", "2026-11-23 09:00:00", "", ""},
		{"土曜 9:00", "2026-11-28 09:00:00", "", ""},
		{"2026-11-22T09:00:00+09:00", "2026-11-22 09:00:00", "", ""},
		{"18:00 JST", "2026-11-21 18:00:00", "", ""},
		{"15:30から作業", "2026-11-21 15:30:00", "15:30から作業", ""},

		{"", "", "", ""},
		{"30", "", "", ""},
		{"30分前", "", "", ""},
		{"30分間停止", "", "", ""},
		{"30m ago", "", "", ""},
		{"0m", "", "", ""},
		{"30mm", "", "", ""},
		{"3db", "", "", ""},
		{"明日", "", "", ""},
		{"tomorrow", "", "", ""},
		{"11/22", "", "", ""},
		{"昨日 9:00", "", "", ""},
		{"13/1 9:00", "", "", ""},
		{"15:30の便", "", "", ""},
		{"99999h", "", "", ""},
		{"install it", "", "", ""},
		{"30分後半", "", "", ""},
	} {
		if c.now == "" {
			c.now = "2026-11-21 14:40:00"
		}
		got, rest, ok := ParseFuture(c.text, at(t, zone, c.now), zone)
		if !ok {
			if c.want != "" {
				t.Errorf("%q: no time, want %s", c.text, c.want)
			}
			continue
		}
		if got := got.In(zone).Format(time.DateTime); got != c.want || rest != c.rest {
			t.Errorf("%q: got %s rest %q, want %s rest %q", c.text, got, rest, c.want, c.rest)
		}
	}
}

func TestParseFutureIsDeterministicWhereClocksChange(t *testing.T) {
	t.Parallel()
	newYork := zoneNamed(t, "America/New_York")
	for _, c := range []struct{ text, now, want string }{
		{"2:30", "2026-03-08T01:00:00-05:00", "2026-03-08T03:30:00-04:00"},
		{"1:30", "2026-11-01T00:30:00-04:00", "2026-11-01T01:30:00-04:00"},
		{"1:30", "2026-11-01T01:35:00-04:00", "2026-11-01T01:30:00-05:00"},
		{"1:30", "2026-11-01T01:35:00-05:00", "2026-11-02T01:30:00-05:00"},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		got, _, ok := ParseFuture(c.text, now, newYork)
		if got := got.In(newYork).Format(time.RFC3339); !ok || got != c.want {
			t.Errorf("%q at %s: got %s %v, want %s", c.text, c.now, got, ok, c.want)
		}
	}
}

func TestParseDurationReadsLengthsOfTime(t *testing.T) {
	t.Parallel()
	const h = time.Hour
	for _, c := range []struct {
		text string
		want time.Duration
		rest string
	}{
		{"30m", 30 * time.Minute, ""},
		{"30 min", 30 * time.Minute, ""},
		{"45s", 45 * time.Second, ""},
		{"1h30m", 90 * time.Minute, ""},
		{"1h 30m", 90 * time.Minute, ""},
		{"1h30", 90 * time.Minute, ""},
		{"1.5h", 90 * time.Minute, ""},
		{"1.5時間", 90 * time.Minute, ""},
		{"90分", 90 * time.Minute, ""},
		{"９０分", 90 * time.Minute, ""},
		{"30分間", 30 * time.Minute, ""},
		{"30分間隔", 30 * time.Minute, "間隔"},
		{"1時間半", 90 * time.Minute, ""},
		{"2時間30分 停止", 150 * time.Minute, "停止"},
		{"1分半", 90 * time.Second, ""},
		{"2 hours", 2 * h, ""},
		{"2 Hours and 5 minutes late", 2*h + 5*time.Minute, "late"},
		{"half an hour", 30 * time.Minute, ""},
		{"an hour", h, ""},
		{"3日", 72 * h, ""},
		{"3日間", 72 * h, ""},
		{"3d", 72 * h, ""},
		{"1d12h", 36 * h, ""},
		{"半日", 12 * h, ""},
		{"2週間", 14 * 24 * h, ""},
		{"2w", 14 * 24 * h, ""},
		{"0m", 0, ""},
		{"30m 10h", 30 * time.Minute, "10h"}, // rising units are two lengths
	} {
		got, rest, ok := ParseDuration(c.text)
		if !ok || got != c.want || rest != c.rest {
			t.Errorf("%q: got %v rest %q %v, want %v rest %q", c.text, got, rest, ok, c.want, c.rest)
		}
	}
	for _, text := range []string{"", "30", "30 apples", "3時", "14:35", "3日目", "3mo", "3ms", "10分割", "5分類", "-5m", "m", "1.25h", "9999999m", "600w", "10m5", "3営業日", "3s-bucket", "1..5h"} {
		if got, rest, ok := ParseDuration(text); ok {
			t.Errorf("%q: got %v rest %q, want none", text, got, rest)
		}
	}
}

func FuzzParseFuture(f *testing.F) {
	for _, s := range []string{"30m", "in 30 minutes", "明日 9:00 続報", "25日17時", "next Monday 9:00", "1時間半後", "15:30までに", "半日", "９９９９９９週間"} {
		f.Add(s, int64(1795239600), "Asia/Tokyo")
	}
	f.Fuzz(func(t *testing.T, text string, unix int64, name string) {
		zone, err := time.LoadLocation(name)
		if err != nil {
			zone = time.UTC
		}
		now := time.Unix(((unix%4e9)+4e9)%4e9, 0)
		if at, rest, ok := ParseFuture(text, now, zone); ok {
			checkParsed(t, text, rest, at)
		}
		if d, rest, ok := ParseDuration(text); ok {
			checkParsed(t, text, rest, now.Add(d).UTC())
		}
	})
}
