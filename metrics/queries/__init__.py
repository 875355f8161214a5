"""Questions to the facts, written once as Ibis expressions over tables: compiled to PostgreSQL by default.

They join, filter, count and sum typed decimals and return numerators and denominators; they never divide
money. Importing them takes Ibis half a second: only a calculation does.
"""
