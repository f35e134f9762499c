"""The worlds of a Gymnasium environment, stepped in one of several ways that give the same bytes."""
