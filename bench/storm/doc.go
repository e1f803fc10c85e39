// Package storm is what four monitoring systems send when a core switch dies in front of thousands of machines: each tells of
// each machine and of each check on it, again and again, and of half of them that they are back. In its middle two things happen
// that have nothing to do with it. People would have opened three incidents.
package storm
