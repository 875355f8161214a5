"""A Dutch web shop that does not exist: drawn from a known process, written as a marketer's CSV.

``shop.generate_shop`` reads aloud; each step is in the module of its name. Nothing here knows the database:
the files go in through the import, like anyone's.
"""
