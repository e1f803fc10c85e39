// Package chattest is the contract of bot.Chat as tests: every adapter runs it (Run) over a platform, real or a
// small working double of it, and gives a Harness through which the suite looks at what people there would see.
//
// A Fault stands before any chat and is slow, down, limited in its rate or loses answers, as it is told: what the pump
// makes of such a chat is tested and measured with it.
//
// It knows no platform and no incident rule; it is imported by tests only.
package chattest
