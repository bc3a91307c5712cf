"""`syncd demo`: bundled data, and the story it shows."""
