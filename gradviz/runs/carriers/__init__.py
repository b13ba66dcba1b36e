"""How each kind of picture carries a text that nobody sees: take it out, put it in, and say what is drawn beside it."""

#: A text is no longer than this; what claims to be is not read.
LARGEST = 2**20 + 200
#: What a text of ours holds, where others may stand in the same place.
MARK = b'"gradviz recipe"'
