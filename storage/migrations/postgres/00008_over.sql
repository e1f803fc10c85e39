-- What is over and what is not, each by number: there is much more of the first, and pages ask for the newest of either.
-- +goose Up
CREATE INDEX IF NOT EXISTS incident_over ON incident (number) WHERE status IN ('closed', 'cancelled', 'merged');
CREATE INDEX IF NOT EXISTS incident_unfinished ON incident (number) WHERE status NOT IN ('closed', 'cancelled', 'merged');
