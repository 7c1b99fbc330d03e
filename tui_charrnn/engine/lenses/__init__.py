"""What a net has learned, measured: one file a lens."""
