// Package oncall says who is on call: rotations with hand-overs at local times, layers over one another, overrides
// and shifts that came from elsewhere.
//
// A [Schedule] is a value. [Schedule.At] is the question of the moment; [Schedule.Shifts], [Schedule.Gaps],
// [Schedule.Next] and [Schedule.Current] are the same over time. People are plain strings, whatever the caller takes
// for them, so that package incident may hand its own ids in. The package reads no clock, loads no zone and imports
// nothing of ours but the calendar: the rules may call it while they run on the single writer.
//
// # How hand-overs stand
//
// A rotation is counted on the wall clock of its zone: each turn begins a whole number of days, weeks or hours after the
// first, as a clock on the wall there shows it. A daily turn is therefore 23 or 25 hours long when summer time begins or
// ends, and a hand-over at 09:00 stays at 09:00. A hand-over at a time that the clocks leave out happens at the instant they are
// put forward; one at a time that comes twice happens at the first.
//
// # Who wins
//
// Later layers win over earlier ones where they are open, shifts from elsewhere ([Schedule.Fixed]) win over all layers,
// overrides win over everything, later ones over earlier ones. This is how the final schedule is made where most people
// know it from: https://support.pagerduty.com/docs/schedule-basics and https://support.pagerduty.com/docs/edit-schedules.
package oncall
