"""The pages: all of it works without script, through forms posted to consultation_service; one module adds comfort."""
