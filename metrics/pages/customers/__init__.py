"""Customers ranked by value, and the page of one customer.

`listing` and `profile` are the views; the rest is named after what it does for them.
"""
