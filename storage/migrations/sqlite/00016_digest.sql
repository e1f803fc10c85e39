-- Who got the message of the morning on which day, so that each person gets one, whoever makes it and however often it is tried.
-- +goose Up
CREATE TABLE IF NOT EXISTS digest (
  person TEXT   NOT NULL,
  day    BIGINT NOT NULL, -- since 1970-01-01, by the clock of the zone that the person lives in
  made   BIGINT NOT NULL,
  PRIMARY KEY (person, day)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS digest_day ON digest (day);
-- Whose measures and legal duties wait, however long their incidents are over.
CREATE INDEX IF NOT EXISTS part_lasting ON part (person) WHERE role IN ('=measure', '=legal');
