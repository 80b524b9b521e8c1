"""What is about to be published, held against what was published before."""
