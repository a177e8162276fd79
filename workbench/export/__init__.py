"""What leaves the record: a bundle for another machine, a page to read, a trace."""
