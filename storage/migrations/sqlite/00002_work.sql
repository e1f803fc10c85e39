-- What the board asks for, files of the built-in chat, its search, and what a person has read. Only adds; what stands in
-- the tables already is filled in after the start (storage/renew.go).
-- +goose Up
ALTER TABLE incident ADD COLUMN due_kind TEXT NOT NULL DEFAULT ''; -- which target target_due is
ALTER TABLE incident ADD COLUMN acting BOOLEAN NOT NULL DEFAULT FALSE; -- manager only acts as one
ALTER TABLE incident ADD COLUMN holders TEXT NOT NULL DEFAULT ''; -- JSON array, for showing only
CREATE INDEX incident_target ON incident (target_due) WHERE target_due > 0;

CREATE TABLE part ( -- who has part in an incident and how: a role's id, or a word with = before it
  number BIGINT NOT NULL REFERENCES incident (number),
  role   TEXT   NOT NULL,
  person TEXT   NOT NULL,
  PRIMARY KEY (number, role, person)
) WITHOUT ROWID;
CREATE INDEX part_person ON part (person, number);

CREATE TABLE upload ( -- files of the built-in chat
  id       TEXT    NOT NULL PRIMARY KEY, -- unguessable
  name     TEXT    NOT NULL,
  type     TEXT    NOT NULL, -- as its content shows it
  size     BIGINT  NOT NULL, -- bytes taken in so far
  width    BIGINT  NOT NULL,
  height   BIGINT  NOT NULL,
  channel  TEXT    NOT NULL REFERENCES channel (id),
  author   TEXT    NOT NULL,
  at       BIGINT  NOT NULL,
  complete BOOLEAN NOT NULL, -- until then nobody sees it
  message  BIGINT  NOT NULL  -- 0 until it is sent
) WITHOUT ROWID;
CREATE INDEX upload_unsent ON upload (author, size) WHERE message = 0;
CREATE INDEX upload_old ON upload (at) WHERE message = 0;

CREATE TABLE upload_piece (
  upload TEXT   NOT NULL REFERENCES upload (id),
  pos    BIGINT NOT NULL, -- counted from 0; all but the last have the same length
  body   BYTEA  NOT NULL,
  PRIMARY KEY (upload, pos)
);

CREATE TABLE exhibit ( -- files that came into the record of an incident
  upload TEXT   NOT NULL,
  number BIGINT NOT NULL REFERENCES incident (number),
  PRIMARY KEY (upload, number)
) WITHOUT ROWID;
CREATE INDEX exhibit_number ON exhibit (number);

CREATE TABLE message_token ( -- search
  token   TEXT   NOT NULL,
  message BIGINT NOT NULL REFERENCES message (id),
  PRIMARY KEY (token, message)
) WITHOUT ROWID;
CREATE INDEX message_token_message ON message_token (message);

CREATE TABLE mention ( -- who is mentioned by others
  person  TEXT   NOT NULL,
  channel TEXT   NOT NULL,
  message BIGINT NOT NULL REFERENCES message (id),
  PRIMARY KEY (person, channel, message)
) WITHOUT ROWID;
CREATE INDEX mention_person ON mention (person, message);
CREATE INDEX mention_message ON mention (message);

CREATE TABLE read_mark ( -- up to where a person has read a channel
  person  TEXT   NOT NULL,
  channel TEXT   NOT NULL REFERENCES channel (id),
  message BIGINT NOT NULL,
  rev     BIGINT NOT NULL, -- grows with every change of any mark
  PRIMARY KEY (person, channel)
) WITHOUT ROWID;
CREATE INDEX read_mark_rev ON read_mark (rev);

CREATE TABLE preference (
  person TEXT NOT NULL,
  name   TEXT NOT NULL,
  value  TEXT NOT NULL,
  PRIMARY KEY (person, name)
) WITHOUT ROWID;

CREATE INDEX member_person ON member (person, channel);
CREATE INDEX message_author ON message (author, id) WHERE only_for = '' AND deleted = 0;
CREATE INDEX message_unread ON message (channel, thread, id, author) WHERE only_for = '' AND deleted = 0;

-- What stood in a channel before counts as read by its members.
INSERT INTO read_mark (person, channel, message, rev)
  SELECT person, channel, (SELECT coalesce(max(id), 0) FROM message WHERE message.channel = member.channel), 0 FROM member;
-- The newest message without tokens and mentions; they are made downwards from it.
INSERT INTO counter (day, n) SELECT -5, coalesce(max(id), 0) FROM message;
