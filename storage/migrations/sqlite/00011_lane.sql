-- One index of the lanes instead of two: each delivery is put into all of them and taken out again. The last column lets what
-- is not urgent yet be found among those that are.
-- +goose Up
CREATE INDEX IF NOT EXISTS outbox_in_lane ON outbox (lane, id, urgent) WHERE state = 'waiting';
DROP INDEX IF EXISTS outbox_lane;
DROP INDEX IF EXISTS outbox_calm;
