"""What the API shows and takes; foreign keys are ids."""
