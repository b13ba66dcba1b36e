"""A lesson beside the plots: the course to choose from, the steps, the questions and the tasks."""
