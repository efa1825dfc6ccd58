-- When something happens in a document by itself, if nobody does anything: help is looked for further away, a helper who
-- did not begin is let go. Milliseconds since 1970-01-01 UTC; null is never. What nobody looked at yet is due at once.

ALTER TABLE document ADD COLUMN alarm_at BIGINT DEFAULT 0;

CREATE INDEX document_by_alarm ON document (alarm_at) WHERE alarm_at IS NOT NULL;
