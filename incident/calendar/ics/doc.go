// Package ics reads iCalendar files (RFC 5545) as providers of on-call schedules, holidays and personal calendars write them, and
// writes them. What is read are events: once, repeated, moved and cancelled; what is asked for are the occurrences within a window.
//
// A feed comes from outside, so everything about it is bounded: bytes, events, occurrences, and the work that a rule may make. What can't
// be read is an error that names the line, never a guess: who is on call must not depend on half a file.
//
// roster and cmd call it with bytes that they fetched; it does no I/O of its own but to read what it is handed.
package ics
