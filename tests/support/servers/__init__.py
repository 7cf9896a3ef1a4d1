"""Programs that stand in for the outside world; each runs in a process of its own."""
