// Package stock fills a store with incidents as a company would have them after some years: titles in Japanese and English,
// every priority, services, people in roles, rooms with what was said in them, alerts, deadlines that are armed.
//
// Each incident is lived through the one door (incident.Desk) with a clock of its own, in memory; only how it ends is
// written, many at once (storage.Import). The result passes Verify, and the same Options give the same incidents but for the
// salts of their chains.
//
// It is called by the command one folder up, by the benchmarks and by tests; nothing of the program may import it.
package stock
