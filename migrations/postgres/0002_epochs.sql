-- How far a document's log goes stands in its own row, so that nobody searches the log for its end, and so does the
-- moment its epoch began: milliseconds since 1970-01-01 UTC, 0 before the first change of a new board.

ALTER TABLE document ADD COLUMN seq bigint NOT NULL DEFAULT 0 CHECK (seq >= 0);
ALTER TABLE document ADD COLUMN began_at bigint NOT NULL DEFAULT 0;

UPDATE document SET
    seq = COALESCE(
        (SELECT MAX(change.seq) FROM change WHERE change.document = document.id AND change.epoch = document.epoch), 0
    ),
    began_at = COALESCE(
        (SELECT received_at FROM change WHERE change.document = document.id AND change.epoch = document.epoch
        ORDER BY change.seq LIMIT 1), 0
    );
