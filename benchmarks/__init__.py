"""``make bench``: figures as ratios against a baseline of the same run, on a database of their own."""
