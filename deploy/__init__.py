"""What is needed to ship the service, and to say what it is made of; not part of the wheel."""
