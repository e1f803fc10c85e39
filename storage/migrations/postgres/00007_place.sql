-- Which channels are people's, and which is an incident's: there are as many rooms as there ever were incidents.
-- +goose Up
CREATE INDEX IF NOT EXISTS channel_number ON channel (number);
