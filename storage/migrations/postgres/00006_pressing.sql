-- What is due, by priority: the clock takes P1 first, and must not read all that is armed or waits to find it.
-- +goose Up
CREATE INDEX incident_pressing ON incident (priority, due_at, number) WHERE due_at > 0;
DROP INDEX incident_due;
