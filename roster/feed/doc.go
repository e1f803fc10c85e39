// Package feed reads who is on call from a published iCalendar file: what nearly every on-call service and every calendar gives out under a
// secret address. Whoever attends an event is on call for as long as it lasts; where nobody does, it is whom its title names.
//
// cmd makes a Source for each schedule that names such a file, and hands it to the keeper of package roster.
package feed
