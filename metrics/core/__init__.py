"""The mathematics of customer value: numbers in, numbers out, and nothing of Django."""
