-- Why a request went where it went. `strategy` is that of the route which ordered its targets, `refusals` why others were
-- not called, a name a line like tags. The decision stands last: who reads the other columns of a long row does not touch
-- the pages that it goes on in.
ALTER TABLE requests ADD COLUMN strategy TEXT;
ALTER TABLE requests ADD COLUMN refusals TEXT;
ALTER TABLE requests ADD COLUMN decision BLOB;
