"""The legacy side: MySQL, a backup file, the legacy API, rows in memory.

They read and prove that they read all; they interpret nothing and never write.
"""
