"""Members of staff: invited, signed in with two factors, given roles. Nothing here joins them to participants."""
