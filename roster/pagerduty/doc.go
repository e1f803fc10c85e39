// Package pagerduty reads who is on call from a schedule of PagerDuty, by its REST API: GET /oncalls, which needs a key that may read.
// https://developer.pagerduty.com/api-reference/3a6b910f11050-list-all-of-the-on-calls
//
// cmd makes a Source for each schedule that names one, and hands it to the keeper of package roster.
package pagerduty
