"""What outlives a single look: hosting a trainer, its history, its progress."""
