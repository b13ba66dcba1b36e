"""The dialogs that ask what is to be made, and make it."""
