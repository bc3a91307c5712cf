"""HTTP and MySQL clients that can only read, the pace of calls, and the crew that makes them.

Nothing here knows what a sub-account is.
"""
