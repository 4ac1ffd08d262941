"""A fictional desk to look around in: its records, its logins, and the program that loads them."""
