package alert

import "testing"

// pairs are subjects as monitoring systems write them, of an alarm and of its all-clear.
var pairs = []struct{ name, alarm, severity, clear string }{
	{"Alertmanager", "[FIRING:1] InstanceDown (db-1 prod)", Unknown, "[RESOLVED] InstanceDown (db-1 prod)"},
	{"Grafana", "[FIRING:2] CPU 本番", Unknown, "[RESOLVED:2] CPU 本番"},
	{"Nagios", "** PROBLEM Service Alert: web-01/HTTP is CRITICAL **", Critical, "** RECOVERY Service Alert: web-01/HTTP is OK **"},
	{"Nagios, a host", "** PROBLEM Host Alert: web-01 is DOWN **", Critical, "** RECOVERY Host Alert: web-01 is UP **"},
	{"Icinga", "[PROBLEM] ping4 on db-1 is WARNING!", Warning, "[RECOVERY] ping4 on db-1 is OK!"},
	{"Zabbix", "Problem: Disk of db-1 is full (95.2 %)", Unknown, "Resolved in 1h 5m: Disk of db-1 is full (95.2 %)"},
	{"CloudWatch", `ALARM: "cpu-high" in Asia Pacific (Tokyo)`, Unknown, `OK: "cpu-high" in Asia Pacific (Tokyo)`},
	{"Datadog", "[Triggered on {host:db-1}] CPU is high", Unknown, "[Recovered on {host:db-1}] CPU is high"},
	{"Uptime Kuma", "[🔴 Down] ECサイト", Critical, "[✅ Up] ECサイト"},
	{"Mackerel", "[Mackerel] CRITICAL: web-1 CPU 96.4 > 90.0", Critical, "[Mackerel] OK: web-1 CPU 40.1 > 90.0"},
	{"日本の運用", "【障害】受注DB 応答なし", Error, "【復旧】受注DB 応答なし"},
	{"文で書くもの", "受注DBで障害が発生しました", Unknown, "受注DBで障害が復旧しました"},
	{"コロン", "障害発生：web-01 の HTTP 監視", Error, "障害復旧：web-01 の HTTP 監視"},
	{"矢印", "web-01 ディスク 91%", Unknown, "web-01 ディスク 40% → 正常"},
	{"a sentence", "web-01 is down", Critical, "web-01 is back up"},
	{"another", "Checkout has failed", Unknown, "Checkout has recovered"},
	{"a mail that calls itself so", "[ALERT] Disk of db-1 is full", Unknown, "[OK] Disk of db-1 is full"},
	{"urgent", "[URGENT] Disk of db-1 is full", Critical, "[Resolved] Disk of db-1 is full"},
	{"answered by a person", "[FIRING:1] DiskFull", Unknown, "Re: [RESOLVED] DiskFull"},
}

func TestSubjectsOfAlarmAndAllClearMeet(t *testing.T) {
	for _, c := range pairs {
		alarm, clear := readSubject(c.alarm), readSubject(c.clear)
		if alarm.status != Firing || alarm.event != EventTrigger || clear.status != Resolved {
			t.Errorf("%s: %s, then %s", c.name, alarm.event, clear.event)
		}
		if alarm.key != clear.key || alarm.key == "" {
			t.Errorf("%s: keys %q and %q", c.name, alarm.key, clear.key)
		}
		if got := severity(alarm.severity); got != c.severity {
			t.Errorf("%s: %s, want %s", c.name, got, c.severity)
		}
	}
}

func TestSubjectsThatOnlySoundLikeAnAllClearFire(t *testing.T) {
	for _, line := range []string{
		"[OK Store] checkout is slow", "Follow up: disk full", "Not resolved: disk full", "disk full is not resolved yet", "【未復旧】受注DB", "受注DBは復旧していません", "復旧作業中: 受注DB",
		"正常性監視でエラー", "[FIRING:1, RESOLVED:2] CPU", "Unresolved: x", "OK Computer disk full", "backup failed", "cluster is unhealthy", "", "[]", "Pick-up service: slow", "could not be recovered, failed to restart",
	} {
		if s := readSubject(line); s.status != Firing || s.event != EventTrigger {
			t.Errorf("%q: %s", line, s.event)
		}
	}
}

func TestSubjectsOfOneToolStayApart(t *testing.T) {
	for _, pair := range [][2]string{
		{"[FIRING:1] DiskFull (web-01)", "[FIRING:1] DiskFull (web-02)"},
		{"【障害】受注DB", "【障害】在庫DB"},
		{"** PROBLEM Service Alert: web-01/HTTP is CRITICAL **", "** PROBLEM Service Alert: web-01/SSH is CRITICAL **"},
		{"Problem: ping of 192.0.2.1", "Problem: ping of 192.0.2.11"},
		{"db-1 is down", "db-2 is down"},
	} {
		if a, b := readSubject(pair[0]), readSubject(pair[1]); a.key == b.key {
			t.Errorf("%v: both %q", pair, a.key)
		}
	}
}

func TestSubjectsSayMoreThanOnAndOff(t *testing.T) {
	for line, want := range map[string]string{
		"** ACKNOWLEDGEMENT Service Alert: web-01/HTTP is CRITICAL **": EventAcknowledge,
		"** DOWNTIMESTART Host Alert: web-01 is UP **":                 EventNote,
		"対応中: 受注DB":    EventAcknowledge,
		"【メンテナンス】受注DB": EventNote,
	} {
		if s := readSubject(line); s.event != want {
			t.Errorf("%q: %s, want %s", line, s.event, want)
		}
	}
}

// A notification is what most mails of monitoring systems call themselves: it says nothing of how bad it is.
func TestAMailThatCallsItselfANotificationTellsNoSeverity(t *testing.T) {
	for line, want := range map[string]string{"【通知】web01 停止": "", "[通知] db01 応答なし": "", "【お知らせ】メンテナンス": Notice, "【障害通知】web01": "", "【緊急 通知】web01": Critical} {
		if s := readSubject(line); s.severity != want {
			t.Errorf("%q: %q, want %q", line, s.severity, want)
		}
	}
	a := one(t, "email", `{"from":"m@example.com","subject":"【通知】web01 停止","text":"web01 が応答しません","headers":{"Importance":"high"}}`)
	if a.Severity != Error {
		t.Errorf("an important one is %s", a.Severity)
	}
}
