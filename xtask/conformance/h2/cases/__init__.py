"""The cases, by topic; the order of the functions is the order they run in."""
