"""What a presenter has beside the window: a ring around the mouse, and notes on another screen."""
