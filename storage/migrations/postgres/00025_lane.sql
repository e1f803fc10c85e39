-- What waits of monitoring systems is kept apart by source, so that none has to wait for all that another one has sent. Only
-- adds: packs of older versions hold several sources, and stand under an empty name until they are worked off.

-- +goose Up
ALTER TABLE pack ADD COLUMN source TEXT NOT NULL DEFAULT ''; -- of all requests in it
CREATE INDEX pack_lane ON pack (source, id);
