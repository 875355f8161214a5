"""Who may sign in, with which role, and how a first password becomes their own."""
