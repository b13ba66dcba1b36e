"""What a person sets, and what the run says in words and numbers."""
