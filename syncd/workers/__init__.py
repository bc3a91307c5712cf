"""Hands: who reads the legacy rows and converts people, this process or any number of workers."""
