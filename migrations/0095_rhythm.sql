-- How often each device reports, learnt from its own reports; empty until its next one.
ALTER TABLE device_states ADD COLUMN rhythm TEXT;
