-- Each index is written with every row, so none is kept that another one begins with.
DROP INDEX refresh_families_subject ON refresh_families;
DROP INDEX audit_events_operator ON audit_events;
