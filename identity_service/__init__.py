"""identity_service knows e-mail addresses, consents and who takes part in which consultation; never what anybody says."""
