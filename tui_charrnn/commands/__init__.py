"""One command a file: its flags, and what it calls."""
