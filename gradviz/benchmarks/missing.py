"""What a measure says when this machine lacks something that it needs."""


class Missing(Exception):
    """A rival that this machine does not have, as a sentence that says how it could."""
