-- What was asked for, and what its cost rests on. Requests from before were chat; their prices were the operator's.
ALTER TABLE requests ADD COLUMN kind TEXT NOT NULL DEFAULT 'chat';
ALTER TABLE requests ADD COLUMN cost_basis TEXT;
ALTER TABLE requests ADD COLUMN price_version TEXT;
