"""The pieces that "Copy as code" puts together: each is text, made for one experiment."""
