-- Pages that tell of several calls at once, and since when each trigger of an escalation is in force.
-- +goose Up
CREATE TABLE IF NOT EXISTS page_part ( -- a call that is told by the page of another one
  part   TEXT   NOT NULL PRIMARY KEY, -- the key of the page that it would have been
  lead   TEXT   NOT NULL,             -- the key of the page that tells it
  number BIGINT NOT NULL,
  seq    BIGINT NOT NULL, -- of the entry that calls
  person TEXT   NOT NULL,
  made   BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS page_part_lead ON page_part (lead, made);
CREATE INDEX IF NOT EXISTS page_part_person ON page_part (person);
CREATE INDEX IF NOT EXISTS page_part_made ON page_part (made);

CREATE TABLE IF NOT EXISTS in_force ( -- triggers of escalations
  word  TEXT   NOT NULL PRIMARY KEY, -- the escalation and the trigger with all that bears on when it fires; empty: the table was filled
  since BIGINT NOT NULL              -- 0: always
) WITHOUT ROWID;
