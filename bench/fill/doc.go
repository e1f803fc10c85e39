// Command fill makes a data folder with a big store in it, for measurements.
//
//	go run ./bench/fill --data /tmp/big --open 10000 --closed 100000 --entries 1000000 --alerts 100000 --deadlines-in 24h
package main
