"""What is made for a window in a process of its own, and the orders for it."""
