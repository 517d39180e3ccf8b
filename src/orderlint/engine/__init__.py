"""Rule engine: TOML rules compiled to a matcher over the layer graph."""
