"""The pictures of the documentation, taken of the product itself: ``make screenshots``."""
