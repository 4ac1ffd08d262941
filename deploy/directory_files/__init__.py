"""The directory as a file: read, shown against what stands, recorded whole or not at all; and written."""
