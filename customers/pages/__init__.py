"""Pages of the facts: uploading files and what became of them."""
