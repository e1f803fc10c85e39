// Package calendar counts business time: which hours of which days a service is kept, and what a length of time is within
// them. It adds and measures exactly, in elapsed time, across daylight-saving changes, leap days and year ends.
//
// A calendar is a value, Hours; a nil *Hours is around the clock. Every question is answered from the value and its
// arguments alone: nothing is looked up but the rules of its time zone, and there is no clock here.
//
// # Local times that don't exist, or come twice
//
// An edge of a span is the first instant at which the local clock shows that time or a later one. So an edge in the hour
// that is skipped in spring is the moment of the change, and one in the hour that comes twice in autumn is its first coming
// (RFC 5545, 3.3.5, says the same of the latter). Hence spans that touch on paper touch in fact, none is counted that did
// not take place, and an hour inside a span that comes twice counts twice. time.Date is no help here: east of Greenwich it
// answers otherwise than west of it, and may put a skipped time before the change.
//
// # Who calls it
//
// incident for deadlines, incident/oncall for restrictions, cmd to build calendars from the configuration. It imports the
// standard library only, and must never know an incident, a person or a language.
package calendar
