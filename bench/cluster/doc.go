// Package cluster starts a PostgreSQL of our own in a scratch folder, on loopback, with everything that makes it durable left
// on. What measures and what tortures use it; where PostgreSQL's programs are not installed it says so.
package cluster
