"""Customers who are one person: suggested, decided by somebody, and taken back exactly."""
