// Package opsgenie reads who is on call from a schedule of Opsgenie, by its REST API: who is on now, with teams and escalations resolved to
// people, and the final timeline for what comes. Atlassian ends Opsgenie in April 2027, so this is kept small.
// https://docs.opsgenie.com/docs/who-is-on-call-api and https://docs.opsgenie.com/docs/schedule-api
//
// cmd makes a Source for each schedule that names one, and hands it to the keeper of package roster.
package opsgenie
