// Command bench is the yardstick: it measures Matoi on the machine at hand beside reference servers and peers, and prints one table of what
// the project promises, what it aims at and what was got. bench/run builds and starts it.
//
// Everything that is a rate is stated as a share of a reference measured in the same round; rounds in which the rest of the
// machine was busy are measured again. What cannot be measured here is said to be so: no figure is ever made up.
//
// The packages below are the parts: load drives servers, limit holds the reference servers, proc reads what processes use,
// cluster starts a PostgreSQL of our own.
package main
