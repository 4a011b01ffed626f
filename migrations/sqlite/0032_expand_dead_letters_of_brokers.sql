-- Dead letters of a broker are kept here too, so that operators look at one place, and say where they came from: topic,
-- partition and offset. Empty on the in-process bus.
ALTER TABLE bus_dead_letters ADD COLUMN origin TEXT NOT NULL DEFAULT '';
-- Answers which groups could not deal with an event.
CREATE INDEX bus_dead_letters_event_id ON bus_dead_letters (event_id);
