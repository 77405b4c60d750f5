"""What is learnt from every event: where people go, where they get stuck, and how long answers take."""
