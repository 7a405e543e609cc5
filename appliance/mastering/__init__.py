"""What is wrong with a prepared song for the stage, and what is to be done about it."""
