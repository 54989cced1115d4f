"""identity_service knows e-mail addresses, consents and who takes part in what; never what anybody says."""
