"""Import files as rows: CSV and zone files read, checked line by line, and nothing stored yet."""
