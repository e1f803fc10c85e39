-- What flaps counts for its incident: there is hardly ever any, and an incident may have very many alerts.
-- +goose Up
CREATE INDEX alert_flapping ON alert (number) WHERE outcome = 'flapping' AND due > 0;
