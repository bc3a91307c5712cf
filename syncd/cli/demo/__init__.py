"""`syncd demo`: bundled data, and the story that is told with it."""
