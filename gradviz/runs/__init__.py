"""Runs and their files: the record of a training, its store, tables, and the presets and configs it starts from."""
