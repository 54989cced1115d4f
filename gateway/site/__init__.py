"""The pages: read without script, taken part in through forms posted to consultation_service, better with one module."""
