"""What the lenses measure, as files."""
