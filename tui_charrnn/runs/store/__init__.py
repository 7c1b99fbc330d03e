"""The run store: an embedded SQLite file that keeps every run, event by event."""
