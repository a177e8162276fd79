"""The SQLite record: schema, writer, reader."""
