// Command torture kills the real program at random moments, again and again, while many hands use it, and then holds what
// is there against what was answered.
//
//	go run ./bench/torture --kills 1000 --seed 7        # prints a table; exits with 1 if a promise was broken
//	go run ./bench/torture --postgres own --replicas 2  # on a PostgreSQL that it starts itself, and breaks too
//
// A child process serves on loopback with deadlines of seconds. Hands send alerts, commands, chat messages, reactions and
// hand-overs, and write into a book what they tried and what was answered. The plan, drawn from the seed, says in which phase
// and after how many microseconds the child is killed (SIGKILL). Every so often all hands rest, inbox and outbox drain, and
// the judge reads API and store: docs/invariants.md lists in plain words what it holds them to. Then something is erased for good,
// what is old is pruned, and the store is put back into the tables of an older release, all of it killed on the way.
//
// The same seed gives the same plan and lets every hand choose the same deeds in the same order. What the operating system
// does between them differs from run to run: a seed repeats a kind of run, and a failure is likely, not certain, to come again.
// kill -9 takes the process, not the machine: what the kernel was given is kept, so a missing fsync is not seen here. That is
// what the tests with a disk that lies are for.
//
// Nothing imports it, and it knows the program only by its binary, its store by the storage package's own reading methods.
package main
