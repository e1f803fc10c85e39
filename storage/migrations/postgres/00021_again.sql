-- When an alert that opened nothing is judged again, and what judging it needs.
-- +goose Up
ALTER TABLE alert ADD COLUMN due BIGINT NOT NULL DEFAULT 0; -- 0: never
ALTER TABLE alert ADD COLUMN alert TEXT NOT NULL DEFAULT ''; -- JSON, while it has no incident
CREATE INDEX alert_due ON alert (due) WHERE due > 0;
CREATE INDEX alert_waits ON alert (alert_group) WHERE due > 0;
