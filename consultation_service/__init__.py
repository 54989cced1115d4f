"""What is said in consultations, under pseudonyms: contributions and votes. No e-mail address, name or IP address."""
