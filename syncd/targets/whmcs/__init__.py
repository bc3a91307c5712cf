"""WHMCS 8 and later, by its API and, for reading, its own tables."""
