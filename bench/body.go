package main

// The alerts that are sent: a few hundred bytes, as monitoring systems send them. The generic hook and the reference servers
// take the same.
const (
	alertRest = `"details":"Filesystem /var on db-{{n%50}}.example.internal is 93% full, 4.1 GiB left; growth 120 MiB/h. ` +
		`Runbook: https://runbooks.example.internal/disk. Dashboards: https://grafana.example.internal/d/disk","source":"bench","action":"trigger"`
	alertHead = `{"summary":"Disk almost full on db-{{n%50}}: 93% used (bench {{n}})",` + alertRest

	distinctAlert = alertHead + `,"dedup":"bench-{{run}}-{{n}}"}`
	stormAlert    = alertHead + `,"dedup":"storm"}`

	// The in-memory peer takes a list in its own format.
	peerHead = `[{"labels":{"alertname":"bench","k":"`
	peerTail = `","instance":"db-{{n%50}}"},"annotations":{"summary":"Disk almost full on db-{{n%50}}: 93% used (bench {{n}})"},"endsAt":"{{soon}}"}]`

	peerDistinct = peerHead + `{{run}}-{{n}}` + peerTail
	peerStorm    = peerHead + `storm` + peerTail
)
