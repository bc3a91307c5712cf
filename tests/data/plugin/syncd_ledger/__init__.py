"""A plug-in of syncd: legacy rows from a JSON file, and a user management that is one."""
