"""Several client areas side by side, and a page from which staff look at them as any person."""
