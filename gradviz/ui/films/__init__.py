"""Films of a run: GIF, MP4 and WebM."""
