"""Who stands up for a plan: signatures over it, and what `apply` demands before it writes."""
