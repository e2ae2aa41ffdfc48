"""A data scientist's day, an area a file. Each has `work(day)`, and leaves in `day` what later ones need."""
