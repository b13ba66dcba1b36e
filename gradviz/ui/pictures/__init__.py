"""Pictures of the plots: drawn away from the screen at any size, with a caption, as PNG, SVG and PDF."""
