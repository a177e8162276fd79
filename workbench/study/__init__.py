"""Uses of the record: live runs, replay, resume."""
