"""The layer graph that every front end produces and every rule reads."""
