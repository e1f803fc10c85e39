// Package proc reads from Linux's /proc what processes use: processor time, memory of their own, and what the rest of the
// machine is doing meanwhile. Elsewhere everything is 0.
package proc
