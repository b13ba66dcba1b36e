"""What the panels of plots show, in plain sentences with the numbers of now: for who cannot see them. No Qt here."""
