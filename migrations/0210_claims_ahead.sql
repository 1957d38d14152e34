-- What a phone claimed of a time that had not come yet counts by its receipt, as its positions do: else it would never be old enough to go.
UPDATE OR IGNORE claims SET at = received_at WHERE at - received_at > 3600000;
DELETE FROM claims WHERE at - received_at > 3600000;
