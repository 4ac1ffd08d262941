"""The records of the directory as forms, and as people read them."""
