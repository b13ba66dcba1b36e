"""Lessons: steps of words, experiments, questions and claims that a test can check; read from text files that anyone can write."""
