"""One file per figure. Each starts and stops what it needs in a temporary home."""
