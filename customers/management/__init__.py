"""Commands of the shop facts."""
