-- Search for words that are not finished. The last characters of Japanese words, by which one character alone finds them,
-- are filled in after the start (storage/renew.go).
-- +goose Up
-- Tokens that begin alike must stand together: in the order of characters, which SQLite has, not in that of a language.
ALTER TABLE token ALTER COLUMN token TYPE TEXT COLLATE "C";
ALTER TABLE message_token ALTER COLUMN token TYPE TEXT COLLATE "C";
DROP INDEX message_token_message;
CREATE INDEX message_token_message ON message_token (message, token);
-- The name of a whole service begins with a sign, so that no word is its beginning.
UPDATE token SET token = substr(token, length('service=')) WHERE token >= 'service=' AND token < 'service>';
UPDATE counter SET n = (SELECT coalesce(max(id), 0) FROM message) WHERE day = -5;
