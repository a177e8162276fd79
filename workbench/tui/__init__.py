"""The terminal face: a Textual app that calls ``study``, reads the ledger and listens to events."""
