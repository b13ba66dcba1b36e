"""How fast GradViz is on this machine, always beside another way to do the same; `gradviz bench` prints it."""
