// Package holiday knows the public holidays of countries: dates to close a calendar on. The rules are those of rickar/cal; where it
// is known to be wrong they are put right here, against the list of the country itself.
//
// cmd calls it when it builds calendars from the configuration. It must never know what a calendar is for.
package holiday
