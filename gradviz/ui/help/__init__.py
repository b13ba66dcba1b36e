"""Pages of help: what is on the screen, all keys, a welcome, what GradViz is; and a balloon that explains the mark under the mouse."""
