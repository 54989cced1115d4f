"""One module for each guarantee; each gives ``Result``s and prints nothing."""
