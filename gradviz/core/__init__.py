"""The numerics: numpy and numba only; no Qt, no files, no clock, no threads, no print."""
