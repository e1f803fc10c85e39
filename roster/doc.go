// Package roster brings in who is on call from elsewhere: calendars that others publish, and the schedules of other on-call
// services.
//
// A [Source] asks one of them. The [Keeper] asks all of them, each at its own pace, and keeps the last good [Copy] of what they
// said in storage, with its age: while a source is away the old shifts stay in force, also over a restart. [Shifts] makes shifts of a
// copy's entries once it is known whom they mean.
//
// cmd makes the sources out of the configuration and lays the shifts over the schedules of the policy. The package knows neither
// people nor incidents, and the secrets it is handed never get into an error: what is said about a source is shown to everybody.
package roster
